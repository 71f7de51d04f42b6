use std::path::Path;

use insta::assert_snapshot;

use crate::load::SpecDocument;
use crate::tests::EXAMPLE;

const LISTS: &str = include_str!("../../tests/lists.yaml");

/// The lists of a generated client, from the line that holds `first` to the next `    }`.
fn part(spec: &str, first: &str) -> String {
    let document = SpecDocument::parse(Path::new("specs/x.yaml"), spec).unwrap();
    let client = crate::source(&document).unwrap().client;
    let lists = client.split_once("mod lists {").unwrap().1;
    let mut part = Vec::new();
    for line in lists.lines().skip_while(|line| !line.contains(first)) {
        part.push(line);
        if line == "    }" {
            break;
        }
    }
    part.join("\n")
}

#[test]
fn what_the_spec_says_is_a_constant() {
    assert_snapshot!(part(LISTS, "impl builder::ListCalls"), @r#"
    impl builder::ListCalls {
        /// What the spec says about the paging of this list.
        pub const METADATA: ListMetadata = ListMetadata {
            operation: "GET /v1/calls",
            paging: Paging::token()
                .sizes(100, 100)
                .items("/results")
                .stop(::callfold_transport::StopRule::Flag {
                    field: "has_more",
                }),
            default_page_size: 30,
            max_page_size: Some(100),
            total: None,
            order: ListOrder::Unknown,
        };
    }
    "#);
    assert_snapshot!(part(LISTS, "impl builder::ListAll"), @r#"
    impl builder::ListAll {
        /// What the spec says about the paging of this list.
        pub const METADATA: ListMetadata = ListMetadata {
            operation: "GET /v1/call",
            paging: Paging::key("/times/created").sizes(1000, 1000).items(""),
            default_page_size: 100,
            max_page_size: Some(1000),
            total: None,
            order: ListOrder::NewestFirst,
        };
    }
    "#);
    assert_snapshot!(part(LISTS, "impl builder::ListSessions"), @r#"
    impl builder::ListSessions {
        /// What the spec says about the paging of this list.
        pub const METADATA: ListMetadata = ListMetadata {
            operation: "GET /v1/sessions",
            paging: Paging::pages(1)
                .sizes(50, 50)
                .items("/data")
                .stop(::callfold_transport::StopRule::TotalReached),
            default_page_size: 20,
            max_page_size: None,
            total: Some("data.total"),
            order: ListOrder::OldestFirst,
        };
    }
    "#);
    assert_snapshot!(part(EXAMPLE, "impl builder::SearchCalls"), @r#"
    impl builder::SearchCalls {
        /// What the spec says about the paging of this list.
        pub const METADATA: ListMetadata = ListMetadata {
            operation: "POST /v1/calls",
            paging: Paging::pages(0).sizes(100, 100).items(""),
            default_page_size: 20,
            max_page_size: None,
            total: None,
            order: ListOrder::Unknown,
        };
    }
    "#);
}

#[test]
fn list_by_token() {
    assert_snapshot!(part(LISTS, "impl ListOperation for builder::ListCalls"), @"
    impl ListOperation for builder::ListCalls {
        type Record = types::Call;
        type Body = types::TokenPage;
        const PAGING: Paging = Self::METADATA.paging;
        fn with_page(self, request: &PageRequest) -> Self {
            let this = self.page_size(request.size);
            match request.token() {
                Some(token) => this.cursor(token),
                None => this,
            }
        }
        async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
            self.send().await
        }
        fn contents(body: Self::Body) -> PageContents<Self::Record> {
            let has_more = body.has_more;
            let next_token = body.page.as_ref().and_then(|it| it.next.clone());
            PageContents::new(body.results).has_more(has_more).next_token(next_token)
        }
    }
    ");
}

#[test]
fn list_by_token_in_the_body_that_repeats_its_order() {
    assert_snapshot!(part(LISTS, "impl ListOperation for builder::SearchCalls"), @r#"
    impl ListOperation for builder::SearchCalls {
        type Record = types::Call;
        type Body = types::TokenPage;
        const PAGING: Paging = Self::METADATA.paging;
        fn with_page(self, request: &PageRequest) -> Self {
            let this = self.body_map(|body| body.limit(request.size));
            match request.token() {
                Some(token) => {
                    this.body_map(|body| body.pagination_key(token.to_owned()))
                }
                None => this,
            }
        }
        async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
            self.send().await
        }
        fn contents(body: Self::Body) -> PageContents<Self::Record> {
            let next_token = body
                .page
                .as_ref()
                .and_then(|it| it.next.clone())
                .or(body.page.as_ref().and_then(|it| it.after.clone()));
            let order = [
                (body.page.as_ref().and_then(|it| it.direction.as_deref()), "down"),
                (body.sort.as_deref(), "started_at"),
            ];
            let is_stated = order.iter().all(|(said, _)| said.is_some());
            let newest_first = is_stated
                .then(|| order.iter().all(|(said, word)| *said == Some(*word)));
            PageContents::new(body.results)
                .next_token(next_token)
                .newest_first(newest_first)
        }
    }
    "#);
}

#[test]
fn list_by_key() {
    assert_snapshot!(part(LISTS, "impl ListOperation for builder::ListAll"), @"
    impl ListOperation for builder::ListAll {
        type Record = types::Call;
        type Body = ::std::vec::Vec<::callfold_record::Lenient<types::Call>>;
        const PAGING: Paging = Self::METADATA.paging;
        fn with_page(self, request: &PageRequest) -> Self {
            let this = self.limit(request.size);
            match request.key() {
                Some(key) => this.created_at_le(key),
                None => this,
            }
        }
        async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
            self.send().await
        }
        fn contents(body: Self::Body) -> PageContents<Self::Record> {
            PageContents::new(body)
        }
    }
    ");
}

#[test]
fn list_by_offset_whose_response_may_be_one_record() {
    assert_snapshot!(part(EXAMPLE, "impl ListOperation for builder::ListCalls"), @"
    impl ListOperation for builder::ListCalls {
        type Record = types::Call;
        type Body = ::callfold_record::OneOf<
            types::CallPage,
            ::callfold_record::Lenient<types::Call>,
        >;
        const PAGING: Paging = Self::METADATA.paging;
        fn with_page(self, request: &PageRequest) -> Self {
            self.limit(request.size).offset(request.offset())
        }
        async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
            self.send().await
        }
        fn contents(body: Self::Body) -> PageContents<Self::Record> {
            match body {
                ::callfold_record::OneOf::First(body) => {
                    let total = body.total;
                    let has_more = body.pagination.as_ref().and_then(|it| it.has_more);
                    PageContents::new(Some(body.items)).total(total).has_more(has_more)
                }
                ::callfold_record::OneOf::Second(one) if one.get().is_ok() => {
                    PageContents::new(vec![one]).has_more(false)
                }
                ::callfold_record::OneOf::Second(_) => PageContents::new(None),
            }
        }
    }
    ");
}

#[test]
fn list_by_page_in_the_body() {
    assert_snapshot!(part(EXAMPLE, "impl ListOperation for builder::SearchCalls"), @"
    impl ListOperation for builder::SearchCalls {
        type Record = types::Call;
        type Body = ::std::vec::Vec<::callfold_record::Lenient<types::Call>>;
        const PAGING: Paging = Self::METADATA.paging;
        fn with_page(self, request: &PageRequest) -> Self {
            let page = u32::try_from(request.page()).unwrap_or(u32::MAX);
            self.body_map(|body| body.limit(request.size))
                .body_map(|body| body.page(page))
        }
        async fn fetch(self) -> Result<ResponseValue<Self::Body>, Error> {
            self.send().await
        }
        fn contents(body: Self::Body) -> PageContents<Self::Record> {
            PageContents::new(body)
        }
    }
    ");
}

#[test]
fn list_in_two_shapes_is_opened_by_hand() {
    assert_eq!(part(LISTS, "impl ListOperation for builder::ListSessions"), "");
}

#[test]
fn key_that_is_exclusive() {
    let exclusive = LISTS.replace("inclusive: true", "inclusive: false");
    let metadata = part(&exclusive, "impl builder::ListAll");
    assert!(metadata.contains(".exclusive()"), "{metadata}");
}
