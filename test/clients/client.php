<?php
// A client as PHP programs have it: fsockopen, fwrite, fgets.
// Usage: php client.php HOST PORT NAME   (HOST may be unix:///path and PORT -1)

[, $host, $port, $name] = $argv;

function connect(string $host, int $port)
{
    $socket = fsockopen($host, $port, $errno, $error, 10);
    if (!$socket) {
        fwrite(STDERR, "cannot connect: $error ($errno)\n");
        exit(1);
    }
    stream_set_timeout($socket, 30);
    return $socket;
}

function ask($socket, string $command): string
{
    fwrite($socket, $command . "\n");
    return rtrim(fgets($socket, 8192), "\n");
}

$one = connect($host, (int) $port);
$two = connect($host, (int) $port);
echo ask($one, "g $name"), "\n";
echo ask($two, "g $name"), "\n";
echo ask($two, "i $name"), "\n";
echo ask($one, "sg $name"), "\n";
echo ask($two, "sg $name"), "\n";
echo ask($one, "iam php $name"), "\n";
echo ask($one, "d $name"), "\n";
echo ask($one, "r $name"), "\n";
echo ask($two, "g $name"), "\n";
fclose($two);
do {
    $reply = ask($one, "g $name");
} while (strpos($reply, "1 ") !== 0);
echo $reply, "\n";
echo ask($one, "si $name"), "\n";
