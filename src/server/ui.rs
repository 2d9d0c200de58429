//! The page for people: a shell without data, which asks the service's API with the key that is typed in.

use http::{HeaderName, HeaderValue, StatusCode, header};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, Router};

/// Where it is.
pub const PATH: &str = "/ui";

/// Nothing from elsewhere, nothing written into the page, and no page around it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Its files: their paths, their media types, and their texts.
const FILES: [(&str, &str, &str); 11] = [
    ("/ui", "text/html; charset=utf-8", include_str!("../ui/index.html")),
    ("/ui/icon.svg", "image/svg+xml", include_str!("../ui/icon.svg")),
    ("/ui/style.css", "text/css; charset=utf-8", include_str!("../ui/style.css")),
    ("/ui/words.js", SCRIPT, include_str!("../ui/words.js")),
    ("/ui/frame.js", SCRIPT, include_str!("../ui/frame.js")),
    ("/ui/overview.js", SCRIPT, include_str!("../ui/overview.js")),
    ("/ui/configuration.js", SCRIPT, include_str!("../ui/configuration.js")),
    ("/ui/records.js", SCRIPT, include_str!("../ui/records.js")),
    ("/ui/log.js", SCRIPT, include_str!("../ui/log.js")),
    ("/ui/explain.js", SCRIPT, include_str!("../ui/explain.js")),
    ("/ui/page.js", SCRIPT, include_str!("../ui/page.js")),
];

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Whether a path is one of its files, which anyone may see.
pub(super) fn is_page(path: &str) -> bool {
    file(path).is_some()
}

fn file(path: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let path = if path.strip_suffix('/') == Some(PATH) { PATH } else { path };
    FILES.iter().find(|(own, ..)| *own == path)
}

/// A router with the page.
pub(super) fn paged(router: Router) -> Router {
    FILES
        .iter()
        .fold(router, |router, (path, ..)| router.push(Router::with_path(path.trim_start_matches('/')).get(Page)))
}

/// Tells a file of the page.
struct Page;

#[salvo::async_trait]
impl Handler for Page {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, res: &mut Response, _ctrl: &mut FlowCtrl) {
        let Some(&(_, kind, text)) = file(req.uri().path()) else { return };
        res.status_code(StatusCode::OK);
        let headers: [(HeaderName, &str); 4] = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::REFERRER_POLICY, "no-referrer"),
            // It belongs to this very build.
            (header::CACHE_CONTROL, "no-cache"),
        ];
        for (name, value) in headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                res.headers_mut().insert(name, value);
            }
        }
        res.body(text);
    }
}
