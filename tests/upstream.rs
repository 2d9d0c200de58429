//! Calls to upstreams of all manners, good and bad, which write their answers by hand on a real connection.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::Command;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use wireloom::upstream::{Answer, BATCH, Body, Call, Timeouts, Upstream, UpstreamError, Wait};

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/// Listens on this machine and lets `script` have the first connection.
async fn listen<F: Future<Output = ()> + Send + 'static>(
    script: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        socket.set_nodelay(true).unwrap();
        script(socket).await;
    });
    address
}

/// Listens for one request, gives this answer and closes the connection.
async fn answering(answer: impl Into<String>) -> SocketAddr {
    let answer = answer.into();
    listen(async move |mut socket: TcpStream| {
        request(&mut socket).await;
        socket.write_all(answer.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
    })
    .await
}

/// Reads one request, whose body has to be "question".
async fn request(socket: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\nquestion") {
        assert_ne!(socket.read_buf(&mut request).await.unwrap(), 0, "the request broke off");
    }
    String::from_utf8(request).unwrap()
}

/// Waits until the other side has closed the connection.
async fn closed(socket: &mut TcpStream) {
    while socket.read(&mut [0; 64]).await.unwrap_or(0) > 0 {}
}

fn chunk(data: &str) -> String {
    format!("{:x}\r\n{data}\r\n", data.len())
}

fn upstream() -> Upstream {
    let short = Duration::from_millis(300);
    Upstream::new(Timeouts { connect: short, first_byte: short * 2, idle: short }).unwrap()
}

/// A call full of things that nobody may see.
fn call(address: SocketAddr) -> Call {
    Call {
        url: format!("http://me:secret@{address}/secret?key=secret#secret").parse().unwrap(),
        headers: HeaderMap::from_iter([(http::header::AUTHORIZATION, HeaderValue::from_static("Bearer secret"))]),
        body: Bytes::from_static(b"question"),
    }
}

async fn send(address: SocketAddr) -> Result<Answer, UpstreamError> {
    upstream().send(call(address)).await
}

async fn batch(body: &mut Body) -> Result<(Vec<Bytes>, bool), UpstreamError> {
    let mut batch = Vec::new();
    let ended = poll_fn(|cx| Pin::new(&mut *body).poll_batch(cx, &mut batch)).await?;
    Ok((batch, ended))
}

/// Expects an error whose text begins like this and tells no secret. The reasons in the words of the HTTP library are
/// left out, for they are its own affair.
#[track_caller]
fn expect_error<T: std::fmt::Debug>(result: Result<T, UpstreamError>, address: SocketAddr, text: &str) {
    let error = result.unwrap_err();
    assert!(error.to_string().starts_with(&text.replace("HOST", &address.to_string())), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[test]
fn a_body_can_be_moved_about() {
    fn movable<T: futures_core::Stream<Item = Result<Bytes, UpstreamError>> + Unpin + Send>() {}
    movable::<Body>();
}

#[tokio::test]
async fn a_request_is_posted_and_its_answer_given_as_it_is() {
    let (told, asked) = oneshot::channel();
    let address = listen(async move |mut socket: TcpStream| {
        told.send(request(&mut socket).await).unwrap();
        let answer = "HTTP/1.1 307 Elsewhere\r\nlocation: /2\r\nx-a: 1\r\nx-a: 2\r\ncontent-encoding: gzip\r\n\
                      content-length: 6\r\n\r\nanswer";
        socket.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let answer = send(address).await.unwrap();
    assert_eq!(answer.status, 307);
    assert_eq!(answer.headers.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(answer.headers["content-encoding"], "gzip");
    assert_eq!(answer.body.whole(6).await.unwrap(), "answer");
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("POST /secret?key=secret HTTP/1.1\r\n"), "{asked}");
    assert!(asked.contains("authorization: Bearer secret\r\n"), "{asked}");
    assert!(!asked.contains("referer") && !asked.contains("accept-encoding"), "{asked}");
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let address = listen(async |mut socket: TcpStream| {
        for answer in ["one", "two"] {
            request(&mut socket).await;
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{answer}");
            socket.write_all(answer.as_bytes()).await.unwrap();
        }
    })
    .await;
    let upstream = upstream();
    for expected in ["one", "two"] {
        let answer = upstream.clone().send(call(address)).await.unwrap();
        assert_eq!(answer.body.whole(10).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_refused_connection_is_told() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    expect_error(send(address).await, address, "cannot connect to HOST: connection refused");
}

#[tokio::test]
async fn a_connection_that_takes_too_long_is_given_up() {
    let address = listen(async |mut socket: TcpStream| closed(&mut socket).await).await;
    let mut call = call(address);
    call.url.set_scheme("https").unwrap();
    expect_error(upstream().send(call).await, address, "cannot connect to HOST within 300ms");
}

#[tokio::test]
async fn an_answer_that_does_not_begin_is_given_up() {
    let (gone, is_gone) = oneshot::channel();
    let address = listen(async move |mut socket: TcpStream| {
        request(&mut socket).await;
        closed(&mut socket).await;
        gone.send(()).unwrap();
    })
    .await;
    expect_error(send(address).await, address, "HOST did not begin to answer within 600ms");
    is_gone.await.unwrap();
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_told() {
    let address = answering("").await;
    expect_error(send(address).await, address, "HOST gave no answer: ");
    let address = answering("SSH-2.0-OpenSSH\r\n").await;
    expect_error(send(address).await, address, "HOST gave no answer: ");
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_is_told() {
    let mut call = call("127.0.0.1:1".parse().unwrap());
    call.url = "ftp://secret@example.com/secret".parse().unwrap();
    let error = upstream().send(call).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot send the request to example.com:21: URL scheme is not allowed");
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up_after_what_it_had() {
    let (gone, is_gone) = oneshot::channel();
    let address = listen(async move |mut socket: TcpStream| {
        request(&mut socket).await;
        socket.write_all(CHUNKED.as_bytes()).await.unwrap();
        // Together these take longer than the time limit, but none of the pauses does.
        for data in ["a", "b", "c", "d"] {
            sleep(Duration::from_millis(100)).await;
            socket.write_all(chunk(data).as_bytes()).await.unwrap();
        }
        closed(&mut socket).await;
        gone.send(()).unwrap();
    })
    .await;
    let mut body = send(address).await.unwrap().body;
    for data in ["a", "b", "c", "d"] {
        assert_eq!(batch(&mut body).await.unwrap(), (vec![Bytes::from(data)], false));
    }
    let last = Instant::now();
    let error = batch(&mut body).await.unwrap_err();
    assert!(matches!(error, UpstreamError::Timeout { wait: Wait::Idle, .. }));
    expect_error::<()>(Err(error), address, "the answer of HOST stopped for more than 300ms");
    let waited = last.elapsed().as_millis();
    assert!((250..900).contains(&waited), "{waited} ms");
    is_gone.await.unwrap();
    assert_eq!(batch(&mut body).await.unwrap(), (vec![], true), "nothing comes after an error");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_told_after_what_it_had() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_owned();
    let cut = format!("{CHUNKED}{}9\r\nth", chunk("ha"));
    let unended = format!("{CHUNKED}{}", chunk("half"));
    let garbage = format!("{CHUNKED}{}secret\r\n", chunk("half"));
    for (answer, had) in [(short, "half"), (cut, "hath"), (unended, "half"), (garbage, "half")] {
        let address = answering(answer).await;
        let mut body = send(address).await.unwrap().body;
        let mut all = Vec::new();
        let error = loop {
            match batch(&mut body).await {
                Ok((batch, ended)) => {
                    assert!(!ended && !batch.is_empty());
                    all.extend(batch);
                }
                Err(error) => break error,
            }
        };
        assert_eq!(all.concat(), had.as_bytes());
        expect_error::<()>(Err(error), address, "the answer of HOST broke off: ");
    }
}

#[tokio::test]
async fn no_more_is_read_whole_than_allowed() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789".to_owned(),
        "HTTP/1.1 200 OK\r\n\r\n0123456789".to_owned(),
        format!("{CHUNKED}{}{}0\r\nx-trailer: 1\r\n\r\n", chunk("01234"), chunk("56789")),
    ] {
        let address = answering(answer.clone()).await;
        assert_eq!(send(address).await.unwrap().body.whole(10).await.unwrap(), "0123456789");
        let address = answering(answer).await;
        let result = send(address).await.unwrap().body.whole(9).await;
        expect_error(result, address, "the answer of HOST is larger than 9 bytes");
    }
    let address = answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(send(address).await.unwrap().body.whole(0).await.unwrap(), "");
}

#[tokio::test]
async fn dropping_a_call_or_its_body_closes_the_connection() {
    for begins in [false, true] {
        let (gone, is_gone) = oneshot::channel();
        let address = listen(async move |mut socket: TcpStream| {
            request(&mut socket).await;
            if begins {
                socket.write_all(format!("{CHUNKED}{}", chunk("a")).as_bytes()).await.unwrap();
            }
            closed(&mut socket).await;
            gone.send(()).unwrap();
        })
        .await;
        let upstream = upstream();
        match timeout(Duration::from_millis(100), upstream.send(call(address))).await {
            Ok(answer) => {
                assert!(begins);
                batch(&mut answer.unwrap().body).await.unwrap();
            }
            Err(_) => assert!(!begins),
        }
        timeout(Duration::from_millis(100), is_gone).await.expect("the connection is closed at once").unwrap();
    }
}

/// Reads fifty chunks that were written at once, and gives the number of batches they came in.
async fn batches_of_one_write() -> usize {
    let chunks: Vec<String> = (0..50).map(|n| format!("data: {n}\n\n")).collect();
    let written: String = chunks.iter().map(|data| chunk(data)).collect();
    let address = answering(format!("{CHUNKED}{written}0\r\n\r\n")).await;
    let mut body = send(address).await.unwrap().body;
    let (mut all, mut batches) = (Vec::new(), 0);
    loop {
        let (batch, ended) = batch(&mut body).await.unwrap();
        all.extend(batch);
        batches += 1;
        if ended {
            assert_eq!(all.concat(), chunks.concat().as_bytes());
            return batches;
        }
    }
}

#[tokio::test]
async fn what_was_written_at_once_is_one_batch() {
    assert_eq!(batches_of_one_write().await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_written_at_once_is_few_batches_on_many_threads() {
    let batches = tokio::spawn(batches_of_one_write()).await.unwrap();
    assert!(batches <= 10, "{batches} batches");
}

#[tokio::test]
async fn a_batch_is_not_much_larger_than_its_limit() {
    let chunks = chunk(&"x".repeat(10_000)).repeat(20);
    let address = answering(format!("{CHUNKED}{chunks}0\r\n\r\n")).await;
    let mut body = send(address).await.unwrap().body;
    let mut all = 0;
    loop {
        let (batch, ended) = batch(&mut body).await.unwrap();
        let size = batch.iter().map(Bytes::len).sum::<usize>();
        assert!(size < BATCH + 10_000, "{size} bytes");
        all += size;
        if ended {
            break;
        }
    }
    assert_eq!(all, 200_000);
}

#[tokio::test]
async fn a_chunk_that_comes_alone_is_not_held_back() {
    let address = listen(async |mut socket: TcpStream| {
        request(&mut socket).await;
        socket.write_all(CHUNKED.as_bytes()).await.unwrap();
        let begin = Instant::now();
        for n in 1..=20 {
            sleep(Duration::from_millis(20 * n).saturating_sub(begin.elapsed())).await;
            socket.write_all(chunk(&n.to_string()).as_bytes()).await.unwrap();
        }
        socket.write_all(b"0\r\n\r\n").await.unwrap();
    })
    .await;
    let mut body = send(address).await.unwrap().body;
    let begin = Instant::now();
    let mut late = Vec::new();
    for n in 1..=20 {
        assert_eq!(batch(&mut body).await.unwrap().0, [n.to_string()]);
        late.push(begin.elapsed().saturating_sub(Duration::from_millis(20 * n)));
    }
    late.sort_unstable();
    // Other work on the machine may delay some of them.
    assert!(late[10] < Duration::from_millis(5), "{late:?}");
}

/// Runs itself once more with a proxy in the environment, which a running process must not change.
#[tokio::test]
async fn a_proxy_is_asked_for_other_hosts_but_not_for_this_one() {
    const PROXIED: &str = "WIRELOOM_TEST_PROXIED";
    if std::env::var_os(PROXIED).is_some() {
        let direct = answering("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\ndirect").await;
        assert_eq!(send(direct).await.unwrap().body.whole(10).await.unwrap(), "direct");
        let mut call = call(direct);
        call.url.set_host(Some("elsewhere.invalid")).unwrap();
        assert_eq!(upstream().send(call).await.unwrap().body.whole(10).await.unwrap(), "proxied");
        return;
    }
    let (told, asked) = oneshot::channel();
    let proxy = listen(async move |mut socket: TcpStream| {
        told.send(request(&mut socket).await).unwrap();
        socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nproxied").await.unwrap();
    })
    .await;
    let again = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "a_proxy_is_asked_for_other_hosts_but_not_for_this_one"])
            .envs([("HTTP_PROXY", format!("http://{proxy}")), (PROXIED, String::new())])
            .env_remove("NO_PROXY")
            .env_remove("no_proxy")
            .output()
            .unwrap()
    });
    let output = again.await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(asked.await.unwrap().starts_with("POST http://elsewhere.invalid:"));
}
