//! The methods of notices.

use futures::StreamExt as _;
use kit::{
    Call,
    call::Answers,
    db::Db,
    errors::{Problem, Result},
    wire::{optional_moment, parse_id, timestamp},
};
use proto_identity::v1::{
    CountUnreadNoticesRequest, GetNoticeChoicesRequest, ListNoticesRequest, ListNoticesResponse,
    MarkNoticesReadRequest, NoticeChoice, NoticeChoices, UnreadNotices, UpdateNoticeChoicesRequest,
    WatchUnreadNoticesRequest,
};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Category, Mail, NoticeError,
    outgoing::Contacts,
    rules::{self, Choice},
    store::{self, Which},
    unread::Unread,
    wire,
};
use crate::contract;

/// The inbox, and how people want to be told.
pub struct Notices {
    /// Where notices are.
    pub db: Db,
    /// Open pages.
    pub unread: Unread,
    /// Whom messages reach.
    pub contacts: Contacts,
}

impl contract::Notices for Notices {
    async fn list_notices(&self, call: Call<ListNoticesRequest>) -> Result<ListNoticesResponse> {
        let person_id = call.caller.person()?.person_id;
        let page = call.page::<(OffsetDateTime, Uuid)>()?;
        let unread = call.message.unread;
        let mut conn = self.db.read().await?;
        let rows = store::list(&mut conn, person_id, unread, page.after, page.limit).await?;
        let (rows, next_page_token) = page.next(rows, |last| (last.told_at, last.notice_id));
        Ok(ListNoticesResponse {
            notices: rows.iter().filter_map(wire::notice).collect(),
            next_page_token,
            listed_at: Some(timestamp(call.now)),
        })
    }

    async fn count_unread_notices(
        &self,
        call: Call<CountUnreadNoticesRequest>,
    ) -> Result<UnreadNotices> {
        let person_id = call.caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        wire::unread(store::count_unread(&mut conn, person_id).await?)
    }

    async fn watch_unread_notices(
        &self,
        call: Call<WatchUnreadNoticesRequest>,
    ) -> Result<Answers<UnreadNotices>> {
        let person_id = call.caller.person()?.person_id;
        let counts = self.unread.watch(person_id).await?;
        Ok(counts.map(wire::unread).boxed())
    }

    /// No audit record: it says nothing about the person to anyone else, and comes with every look into the inbox.
    async fn mark_notices_read(&self, call: Call<MarkNoticesReadRequest>) -> Result<UnreadNotices> {
        let (call, input) = call.split();
        let person_id = call.caller.person()?.person_id;
        let ids = input
            .notice_ids
            .iter()
            .enumerate()
            .map(|(at, id)| parse_id(&format!("notice_ids[{at}]"), id))
            .collect::<Result<Vec<Uuid>>>()?;
        let until = optional_moment("until", input.until.as_ref())?;
        let which = match (ids.is_empty(), until) {
            (false, None) => Which::These(&ids),
            (true, Some(until)) => Which::Until(until),
            _ => return Err(NoticeError::IdsOrMoment.into()),
        };
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        store::mark_read(&mut tx, person_id, &which, call.now).await?;
        let left = wire::unread(store::count_unread(&mut tx, person_id).await?)?;
        let answer = tx.commit(left).await?;
        self.unread.changed();
        Ok(answer)
    }

    async fn get_notice_choices(
        &self,
        call: Call<GetNoticeChoicesRequest>,
    ) -> Result<NoticeChoices> {
        let person_id = call.caller.person()?.person_id;
        let mut conn = self.db.read().await?;
        self.choices(&mut conn, person_id).await
    }

    async fn update_notice_choices(
        &self,
        call: Call<UpdateNoticeChoicesRequest>,
    ) -> Result<NoticeChoices> {
        let (call, input) = call.split();
        let person_id = call.caller.person()?.person_id;
        let choices = input
            .choices
            .iter()
            .enumerate()
            .map(|(at, choice)| read(at, choice))
            .collect::<Result<Vec<_>>>()?;
        let categories: Vec<Category> = choices.iter().map(|(category, _)| *category).collect();
        rules::check_choices(&categories)?;
        let mut tx = call.begin(&self.db).await?;
        if let Some(answer) = tx.replayed().await? {
            return Ok(answer);
        }
        store::put_choices(&mut tx, person_id, &choices, call.now).await?;
        tx.audit(&format!("person:{person_id}")).await?;
        let all = self.choices(&mut tx, person_id).await?;
        tx.commit(all).await
    }
}

impl Notices {
    async fn choices(&self, conn: &mut PgConnection, person_id: Uuid) -> Result<NoticeChoices> {
        let kept = store::choices_of(conn, person_id).await?;
        let kept = |category| {
            let mine = kept.iter().find(|(of, _)| *of == category);
            mine.map(|(_, choice)| *choice)
        };
        let works = store::holds_role(conn, person_id).await?;
        let contact = self.contacts.of(conn, person_id).await?;
        let shown = Category::ALL.iter().copied();
        let shown = shown.filter(|category| works || *category != Category::Desk);
        Ok(NoticeChoices {
            choices: shown
                .map(|category| wire::choice(category, category.choice(kept(category))))
                .collect(),
            has_mail: contact.mail.is_some(),
            has_phone: contact.phone.is_some(),
        })
    }
}

/// The choice at this place of the list.
fn read(at: usize, choice: &NoticeChoice) -> Result<(Category, Choice)> {
    let unknown = |field: &str| {
        Problem::invalid(
            format!("choices[{at}].{field}"),
            ("Missing; choose one.", "请选择。"),
        )
    };
    let category = Category::from_wire(choice.category).ok_or_else(|| unknown("category"))?;
    let mail = Mail::from_wire(choice.mail).ok_or_else(|| unknown("mail"))?;
    let sms = choice.sms;
    Ok((category, Choice { mail, sms }))
}
