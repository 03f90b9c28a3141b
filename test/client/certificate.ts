/**
 * A certificate for `localhost`, signed by itself and good for a hundred years, for tests
 * of TLS. Its key is public, as you see: nothing may ever trust it.
 */

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIURJMMFJN6+94wRYtQvWdS/09+QckwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMDEwMzYxOFoYDzIxMjYxMDI3
MTAzNjE4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATHuM3bwkzbs1qrL2+y2JpHgwQpb6w6J+p9XiC6fYML/Ok5UMCKKmY9
oJcZBf8yoFjBsirO2NbFkGC8Vo7qwe8Eo2kwZzAdBgNVHQ4EFgQU6C0xl0T3xRcI
g/Y+Walx4LZki9swHwYDVR0jBBgwFoAU6C0xl0T3xRcIg/Y+Walx4LZki9swDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SQAwRgIhAIDb51UBBpea8dy02z0A9F3jEqrZck+0++F208UI6hIvAiEAu5PzFQgH
YzHcAR9h0hwOQYDSl5XBmIGoIDgj+B2I1P4=
-----END CERTIFICATE-----
`;

export const privateKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQFEpKVnSllLw2VEC
Ml8t/XHyE8tslUoBv6mQXupny/KhRANCAATHuM3bwkzbs1qrL2+y2JpHgwQpb6w6
J+p9XiC6fYML/Ok5UMCKKmY9oJcZBf8yoFjBsirO2NbFkGC8Vo7qwe8E
-----END PRIVATE KEY-----
`;
