//! What the binary knows of APIs: specs, what they keep, and the names that configurations have for them.

use std::sync::LazyLock;

use http::StatusCode;
use salvo::{Request, Response, writing::Json};
use salvo_oapi::{ToSchema, endpoint};
use serde::Serialize;
use serde_json::Value;
use wireloom_schema::{
    config::PASSES,
    spec::{self, matrix, resolve::Resolved, show},
};

use crate::{
    provenance::{self, Listed},
    server::{goal::json, refused::Refused},
    specs::{Face, Provider},
};

/// Lists the specs that are built in.
pub(super) struct Specs;

/// The specs of a kind.
#[derive(Serialize, ToSchema)]
struct SpecList {
    specs: Vec<Listed>,
}

/// The specs that are built in.
#[endpoint(tags("specs"))]
impl Specs {
    async fn handle(&self) -> Json<SpecList> {
        Json(SpecList { specs: provenance::listed() })
    }
}

/// Tells what a spec says.
pub(super) struct OneSpec;

/// A spec.
#[derive(Serialize, ToSchema)]
struct SpecText {
    #[serde(flatten)]
    listed: Listed,
    /// The dialect that it is or extends.
    dialect: String,
    /// Its own file.
    source: String,
    /// All that it says, with what it inherits; behind each line the file and line that it is from.
    resolved: String,
}

/// What a spec says: a provider's, else a dialect's; a dialect's alone as `dialect:NAME`.
#[endpoint(tags("specs"), parameters(("name" = String, Path, description = "The spec's name")))]
impl OneSpec {
    async fn handle(&self, req: &mut Request) -> Result<Json<SpecText>, Refused> {
        let name: String = req.param("name").unwrap_or_default();
        let all = RESOLVED.as_ref().ok_or_else(broken)?;
        let is_meant = |spec: &&Resolved| match name.strip_prefix("dialect:") {
            Some(dialect) => !spec.is_provider && spec.name == dialect,
            None => spec.name == name,
        };
        let found = all.iter().filter(is_meant).max_by_key(|spec| spec.is_provider);
        let unknown = || Refused::not_found(format!("there is no spec `{name}`: see /api/specs"));
        let spec = found.ok_or_else(unknown)?;
        let is_it = |listed: &&Listed| listed.name == spec.name && listed.is_provider() == spec.is_provider;
        let listed = provenance::listed().into_iter().find(|listed| is_it(&listed)).ok_or_else(unknown)?;
        let source = &spec.tree.origin.source.text;
        let (dialect, resolved) = (spec.dialect.clone(), show::show(spec, true));
        Ok(Json(SpecText { listed, dialect, source: source.clone(), resolved }))
    }
}

/// All specs with what they inherit. That they have no mistakes is what the build has seen to.
static RESOLVED: LazyLock<Option<Vec<Resolved>>> = LazyLock::new(|| spec::resolve::resolve(&provenance::specs()).ok());

/// The vendor's documentation that the dialect of a face was written from.
pub(super) fn docs(face: &str) -> Option<&'static str> {
    let spec = RESOLVED.as_ref()?.iter().find(|spec| !spec.is_provider && spec.name == face)?;
    spec.tree.get("docs")?.elements().first()?.text()
}

fn broken() -> Refused {
    Refused::new(StatusCode::INTERNAL_SERVER_ERROR, "the specs of this program have mistakes")
}

/// Tells what each provider keeps, degrades and drops.
pub(super) struct Matrix;

/// What each provider keeps, degrades and drops, as `wireloom spec matrix --format json` tells it.
#[endpoint(tags("specs"), responses((status_code = 200, description = "The matrix", body = Value)))]
impl Matrix {
    async fn handle(&self, res: &mut Response) -> Result<(), Refused> {
        static MATRIX: LazyLock<Option<String>> =
            LazyLock::new(|| Some(matrix::matrix(&spec::compile(&provenance::specs()).ok()?).json().to_string()));
        let matrix = tokio::task::spawn_blocking(|| MATRIX.as_ref()).await.ok().flatten().ok_or_else(broken)?;
        json(res, matrix.clone().into_bytes());
        Ok(())
    }
}

/// Lists what `transformer.use` may name.
pub(super) struct Transformers;

/// What `transformer.use` may name.
#[derive(Serialize, ToSchema)]
struct TransformerList {
    transformers: Vec<Transformer>,
}

/// A spec or a pass.
#[derive(Serialize, ToSchema)]
struct Transformer {
    name: &'static str,
    /// The path at which clients speak it, if they do.
    endpoint: Option<String>,
}

/// What `transformer.use` may name: specs, and passes.
#[endpoint(tags("specs"))]
impl Transformers {
    async fn handle(&self) -> Json<TransformerList> {
        let served = |name: &str| {
            let face = Face::ALL.iter().find(|face| face.facts().name == name)?.facts();
            Some([face.serve.first()?, face.call].concat())
        };
        let spec = |provider: &Provider| {
            let name = provider.facts().name;
            Transformer { name, endpoint: served(name) }
        };
        let pass = |name: &&'static str| Transformer { name, endpoint: None };
        Json(TransformerList { transformers: Provider::ALL.iter().map(spec).chain(PASSES.iter().map(pass)).collect() })
    }
}
