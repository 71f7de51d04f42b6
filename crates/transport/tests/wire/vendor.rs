//! A small vendor in the shape the generator writes, with every kind of
//! operation the transport knows.

use callfold_transport::{
    Auth, ByteStream, Error, Lenient, ListOperation, OpenEnum, OperationRequest, PageContents,
    PageRequest, Paging, RawJson, RawNumber, Record, ResponseValue, SecretString, Transport,
    encode_path,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

pub const KEY: &str = "sk-test-4f2a";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownStatus {
    Open,
    Closed,
}

impl FromStr for KnownStatus {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        match word {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            _ => Err(()),
        }
    }
}

impl fmt::Display for KnownStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open",
            Self::Closed => "closed",
        })
    }
}

/// Every kind of field that codegen can produce.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Item {
    pub id: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub count: Option<i64>,
    #[serde(default)]
    pub ratio: Option<f64>,
    #[serde(default)]
    pub done: Option<bool>,
    #[serde(default)]
    pub status: Option<OpenEnum<KnownStatus>>,
    #[serde(default)]
    pub cost: Option<RawNumber>,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub turns: Option<Vec<Turn>>,
    #[serde(default)]
    pub owner: Option<Owner>,
    #[serde(default)]
    pub at: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default)]
    pub free: Option<RawJson>,
    #[serde(flatten)]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Turn {
    #[serde(default)]
    pub role: Option<String>,
    #[serde(default)]
    pub at_ms: Option<i64>,
    #[serde(default)]
    pub words: Vec<Word>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Word {
    pub text: String,
    #[serde(default)]
    pub start: Option<f64>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Owner {
    pub email: String,
    #[serde(default)]
    pub phone: Option<String>,
}

impl Record for Item {
    const ID_FIELD: &'static str = "id";

    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Clone, Debug, Deserialize)]
pub struct ItemPage {
    #[serde(default)]
    pub data: Option<Vec<Lenient<Item>>>,
    #[serde(default, deserialize_with = "callfold_transport::envelope_object")]
    pub pagination: Option<Pagination>,
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct Pagination {
    #[serde(default, deserialize_with = "callfold_transport::envelope_value")]
    pub total: Option<i64>,
    #[serde(default, deserialize_with = "callfold_transport::envelope_value")]
    pub has_more: Option<bool>,
}

pub struct Credentials(SecretString);

impl Credentials {
    pub fn api_key(key: impl Into<SecretString>) -> Self {
        Self(key.into())
    }
}

impl From<Credentials> for Auth {
    fn from(credentials: Credentials) -> Self {
        Self::header("x-api-key", credentials.0).and_header("x-organization-id", "org-555")
    }
}

pub mod spec_metadata {
    pub const BASE_URL: &str = "https://api.example.com";
    pub const SAFE_OPERATIONS: &[&str] = &["search_items"];
    pub const STREAMED_OPERATIONS: &[&str] = &["stream_recording"];
    pub const VOLATILE_FIELDS: &[&str] = &[];
    pub const SECRET_FIELDS: &[&str] = &["access_token"];
}

#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// Numbered pages from 1, in an envelope.
    pub fn list_items(&self) -> ListItems {
        let request = self.transport.get("list_items", "/items");
        ListItems { request, page: None, page_size: None }
    }

    /// An offset and a limit, a bare array.
    pub fn list_rows(&self) -> ListRows {
        let request = self.transport.get("list_rows", "/rows");
        ListRows { request, offset: None, limit: None }
    }

    pub async fn get_item(&self, id: &str) -> Result<ResponseValue<Lenient<Item>>, Error> {
        self.transport.get("get_item", &format!("/items/{}", encode_path(id))).json(200).await
    }

    /// A POST that only reads.
    pub async fn search_items(&self) -> Result<ResponseValue<ItemPage>, Error> {
        let body = serde_json::json!({"filter": {}});
        self.transport.post("search_items", "/search").body(&body).json(200).await
    }

    /// A POST that writes.
    pub async fn create_item(&self) -> Result<ResponseValue<Lenient<Item>>, Error> {
        self.transport.post("create_item", "/items").json(200).await
    }

    pub async fn stream_recording(&self) -> Result<ResponseValue<ByteStream>, Error> {
        self.transport.get("stream_recording", "/recording").stream(200).await
    }
}

callfold_transport::vendor_client! {
    client: Client,
    name: "acme",
    credentials: Credentials,
    metadata: spec_metadata,
}

#[derive(Clone)]
pub struct ListItems {
    request: OperationRequest,
    page: Option<u64>,
    page_size: Option<u32>,
}

callfold_transport::operation_builder!(ListItems);

impl ListItems {
    pub fn page_size(mut self, records: impl TryInto<u32>) -> Self {
        self.page_size = self.request.convert("page_size", records);
        self
    }

    pub async fn send(self) -> Result<ResponseValue<ItemPage>, Error> {
        self.request.query("page", &self.page).query("page_size", &self.page_size).json(200).await
    }
}

impl ListOperation for ListItems {
    type Record = Item;
    type Body = ItemPage;
    const PAGING: Paging = Paging::pages(1).sizes(20, 100).items("/data");

    fn with_page(mut self, request: &PageRequest) -> Self {
        (self.page, self.page_size) = (Some(request.page()), Some(request.size));
        self
    }

    async fn fetch(self) -> Result<ResponseValue<ItemPage>, Error> {
        self.send().await
    }

    fn contents(body: ItemPage) -> PageContents<Item> {
        let pagination = body.pagination.unwrap_or_default();
        PageContents::new(body.data).total(pagination.total).has_more(pagination.has_more)
    }
}

#[derive(Clone)]
pub struct ListRows {
    request: OperationRequest,
    offset: Option<u64>,
    limit: Option<u32>,
}

callfold_transport::operation_builder!(ListRows);

impl ListRows {
    pub async fn send(self) -> Result<ResponseValue<Vec<Lenient<Item>>>, Error> {
        self.request.query("offset", &self.offset).query("limit", &self.limit).json(200).await
    }
}

impl ListOperation for ListRows {
    type Record = Item;
    type Body = Vec<Lenient<Item>>;
    const PAGING: Paging = Paging::offset().sizes(10, 50);

    fn with_page(mut self, request: &PageRequest) -> Self {
        (self.offset, self.limit) = (Some(request.offset()), Some(request.size));
        self
    }

    async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
        self.send().await
    }

    fn contents(body: Self::Body) -> PageContents<Item> {
        PageContents::new(body)
    }
}

/// A builder for tests: retries follow at once.
pub fn builder(url: &str) -> callfold_transport::ClientBuilder<Client> {
    let instant = std::time::Duration::from_millis(1);
    Client::builder()
        .credentials(Credentials::api_key(KEY))
        .base_url(url)
        .backoff(instant, instant)
        .rate(100_000.0)
}

pub fn client(url: &str) -> Client {
    builder(url).build().expect("the test client is configured well")
}
