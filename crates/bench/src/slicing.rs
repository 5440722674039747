//! Slices of memberships with distinct people: the index of the cockpit beside the same questions in SQL on the same rows.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use slices::{Marks, Period, Set};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{
    database,
    figure::{Figure, Spread, readable},
    stage::Stage,
};

/// People for each one of the scale: at the usual scale of a million, ten million people.
const PEOPLE: u64 = 10;

/// Of the last ten years.
const DAYS: u64 = 3_650;

/// Rounds of the questions in SQL: each takes seconds.
const SQL_ROUNDS: usize = 2;

/// The dimensions of a membership, in the order of the columns.
const COLUMNS: [(&str, u64); 5] = [
    ("province", 34),
    ("organisation", 217),
    ("category", 3),
    ("gender", 2),
    ("birth_year", 60),
];

/// A question: what it is limited to, by what it is broken down, and how many days back.
struct Question {
    name: &'static str,
    filters: &'static [(usize, u32, u32)],
    by: Option<usize>,
    back: i32,
}

const QUESTIONS: [Question; 6] = [
    Question {
        name: "everybody today",
        filters: &[],
        by: None,
        back: 0,
    },
    Question {
        name: "everybody three years ago",
        filters: &[],
        by: None,
        back: 1_100,
    },
    Question {
        name: "women under 40 in three provinces",
        filters: &[(0, 3, 5), (3, 1, 1), (4, 30, 59)],
        by: None,
        back: 0,
    },
    Question {
        name: "one society by province a year ago",
        filters: &[(1, 7, 7)],
        by: Some(0),
        back: 365,
    },
    Question {
        name: "one province by society",
        filters: &[(0, 8, 8)],
        by: Some(1),
        back: 0,
    },
    Question {
        name: "everybody by province",
        filters: &[],
        by: Some(0),
        back: 0,
    },
];

/// A number between 0 and `below` that depends on these two alone (the finaliser of SplitMix64).
fn draw(seed: u64, which: u64, below: u64) -> u64 {
    let mut z = seed
        .wrapping_mul(31)
        .wrapping_add(which)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % below
}

/// The same membership for index and table: the person, the days, the values.
struct Membership {
    person: u32,
    begun: i32,
    ended: Option<i32>,
    values: [u32; COLUMNS.len()],
}

/// Half as many memberships more than people, in the order of their beginning.
fn memberships(people: u64) -> impl Iterator<Item = Membership> {
    let many = people * 3 / 2;
    (0..many).map(move |at| {
        // Of each three memberships two are the only one of a person; the others share their people.
        let person = match at % 3 {
            0 | 1 => at / 3 * 2 + at % 3,
            _ => draw(at, 9, people),
        };
        let begun = at * DAYS / many;
        let lasts = draw(at, 8, 4 * DAYS);
        let mut values = [0; COLUMNS.len()];
        for (which, (value, (_, of))) in values.iter_mut().zip(COLUMNS).enumerate() {
            // Gender and age are the person's.
            let seed = if which >= 3 { person } else { at };
            *value = draw(seed, which as u64, of) as u32;
        }
        Membership {
            person: person as u32,
            begun: begun as i32,
            ended: (begun + lasts < DAYS).then_some((begun + lasts) as i32),
            values,
        }
    })
}

/// Every answer: value of the dimension (0 without one), memberships, people.
type Answer = Vec<(u32, u64, u64)>;

fn in_index(set: &Set, question: &Question, marks: &mut Marks) -> Answer {
    let mut selected = set.as_of(DAYS as i32 - question.back);
    for (dimension, from, to) in question.filters {
        selected &= set.having(*dimension, *from..=*to);
    }
    let groups = match question.by {
        None => vec![(0, set.count(&selected, marks))],
        Some(dimension) => set.groups(&selected, dimension, Some, marks),
    };
    groups
        .into_iter()
        .map(|(value, count)| (value, count.periods, count.people))
        .collect()
}

async fn in_sql(conn: &mut PgConnection, question: &Question) -> Result<Answer> {
    let key = question.by.map_or("0", |dimension| COLUMNS[dimension].0);
    let filters: String = question
        .filters
        .iter()
        .map(|(dimension, from, to)| {
            format!(" and {} between {from} and {to}", COLUMNS[*dimension].0)
        })
        .collect();
    let day = DAYS as i32 - question.back;
    let query = format!(
        "select {key}, count(*), count(distinct person) from sliced
         where begun <= {day} and (ended is null or ended > {day}){filters} group by 1 order by 1"
    );
    let rows: Vec<(i32, i64, i64)> = sqlx::query_as(AssertSqlSafe(query)).fetch_all(conn).await?;
    Ok(rows
        .into_iter()
        .map(|(key, periods, people)| (key as u32, periods as u64, people as u64))
        .collect())
}

pub async fn run(stage: &Stage) -> Result<Vec<Figure>> {
    let people = stage.plan.scale * PEOPLE;
    let rounds = stage.plan.rounds;
    let begun = Instant::now();
    let mut set = Set::new(COLUMNS.len(), &[0, 1]);
    for membership in memberships(people) {
        let number = set.push(&Period {
            person: Some(membership.person),
            begun: membership.begun,
            amount: 0,
            values: &membership.values,
        });
        if let Some(day) = membership.ended {
            set.end(number, day);
        }
    }
    let built = begun.elapsed();
    let server = &stage.platform.addresses().postgres_url;
    let mut conn = table(server, people).await?;
    let mut figures = vec![
        Figure::new(
            "building the index",
            "memberships/s",
            vec![f64::from(set.len()) / built.as_secs_f64()],
        )
        .seen(format!(
            "{} memberships of {} people, {} MB",
            readable(f64::from(set.len())),
            readable(people as f64),
            readable(set.bytes() as f64 / 1e6)
        )),
    ];
    let mut marks = Marks::default();
    for question in &QUESTIONS {
        let mut sql = Vec::new();
        let mut expected = Answer::new();
        for _ in 0..SQL_ROUNDS {
            let begun = Instant::now();
            expected = in_sql(&mut conn, question).await?;
            sql.push(rate(begun.elapsed(), 1));
        }
        let mut index = Vec::new();
        let mut times = Vec::new();
        for _ in 0..rounds.max(SQL_ROUNDS) {
            let begun = Instant::now();
            let mut asked = 0;
            while asked == 0 || begun.elapsed() < stage.plan.length {
                let one = Instant::now();
                let found = in_index(&set, question, &mut marks);
                times.push(one.elapsed().as_secs_f64() * 1e3);
                ensure!(
                    found == expected,
                    "{}: {found:?} {expected:?}",
                    question.name
                );
                asked += 1;
            }
            index.push(rate(begun.elapsed(), asked));
        }
        times.sort_unstable_by(f64::total_cmp);
        let p95 = times[times.len() * 95 / 100];
        let median = Spread::of(&sql).map_or(0.0, |spread| spread.median);
        // As many rounds of the baseline as of the figure.
        let sql = vec![median; index.len()];
        figures.push(
            Figure::new(question.name, "questions/s", index)
                .beside("the same question in SQL on the same rows", &sql)
                .seen(format!("p95 {} ms, equal answers", readable(p95))),
        );
    }
    conn.close().await?;
    Ok(figures)
}

fn rate(took: Duration, many: u32) -> f64 {
    f64::from(many) / took.as_secs_f64()
}

/// The same memberships as a table with the indexes that such questions would use, in a database of its own.
async fn table(server: &str, people: u64) -> Result<PgConnection> {
    database::create(server, "slicing").await?;
    let url = server
        .rsplit_once('/')
        .context("the address names a database")?
        .0;
    let mut conn = database::connect(&format!("{url}/slicing")).await?;
    sqlx::raw_sql("drop table if exists sliced")
        .execute(&mut conn)
        .await?;
    let columns: String = COLUMNS
        .iter()
        .map(|(name, _)| format!(", {name} integer"))
        .collect();
    let create =
        format!("create table sliced (person integer, begun integer, ended integer{columns})");
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut conn)
        .await?;
    let mut copy = conn.copy_in_raw("copy sliced from stdin").await?;
    let mut lines = String::new();
    for membership in memberships(people) {
        use std::fmt::Write as _;
        let Membership {
            person,
            begun,
            ended,
            values,
        } = membership;
        write!(lines, "{person}\t{begun}\t")?;
        match ended {
            Some(day) => write!(lines, "{day}")?,
            None => lines.push_str("\\N"),
        }
        for value in values {
            write!(lines, "\t{value}")?;
        }
        lines.push('\n');
        if lines.len() > 1 << 20 {
            copy.send(lines.as_bytes()).await?;
            lines.clear();
        }
    }
    copy.send(lines.as_bytes()).await?;
    copy.finish().await?;
    for (name, _) in COLUMNS {
        let index = format!("create index on sliced ({name}, begun)");
        sqlx::raw_sql(AssertSqlSafe(index))
            .execute(&mut conn)
            .await?;
    }
    sqlx::raw_sql("vacuum (analyze) sliced")
        .execute(&mut conn)
        .await?;
    Ok(conn)
}
