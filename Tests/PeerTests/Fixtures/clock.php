<?php
// The article's loop as a Laravel route writes it: response()->stream(...) makes a Symfony StreamedResponse of its
// arguments. ?pause=MICROSECONDS between two events; ?count=TIMES before the end.
require_once 'Symfony/Component/HttpFoundation/autoload.php';

use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\StreamedResponse;

function response()
{
    return new class {
        public function stream(callable $callback, int $status = 200, array $headers = []): StreamedResponse
        {
            return new StreamedResponse($callback, $status, $headers);
        }
    };
}

// So that the loop itself learns of a reader that has left, and is not ended by PHP in the middle of an echo.
ignore_user_abort(true);
// The article's ob_flush() wants a buffer, which php.ini may have opened already.
if (ob_get_level() === 0) {
    ob_start();
}

$request = Request::createFromGlobals();
$pause = $request->query->getInt('pause', 1000000);
$count = $request->query->getInt('count', 10);

$response = response()->stream(function () use ($pause, $count) {
    for ($i = 0; $i < $count; $i++) {
        echo 'data: ' . json_encode(['time' => date('Y-m-d H:i:s')]) . "\n\n";
        ob_flush();
        flush();
        if (connection_aborted()) {
            error_log("the reader left after $i events");
            return;
        }
        usleep($pause);
    }
    echo 'data: ' . json_encode(['finished' => true]) . "\n\n";
    ob_flush();
    flush();
    error_log('the reader read to the end');
}, 200, [
    'Content-Type' => 'text/event-stream',
    'Cache-Control' => 'no-cache',
    'X-Accel-Buffering' => 'no',
]);
$response->prepare($request);
$response->send();
