//! Orders, the fonts of this machine, and the programs that read what was made.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    rc::Rc,
    sync::atomic::{AtomicU32, Ordering},
};

use renderer::{
    edition::Edition,
    fonts::Fonts,
    order::{Fact, Order},
};

thread_local! {
    static FONTS: Rc<Fonts> =
        Rc::new(Fonts::new(Edition::present().unwrap(), Path::new("/usr/share/fonts")));
}

/// The fonts of this machine, read once in a test.
pub fn fonts() -> Rc<Fonts> {
    FONTS.with(Rc::clone)
}

pub fn fact(zh: &str, en: &str) -> Fact {
    Fact {
        zh: zh.into(),
        en: en.into(),
    }
}

/// A certificate of membership for this person.
pub fn membership(holder: &str) -> Order {
    Order {
        template: "membership".into(),
        version: 1,
        holder: holder.into(),
        issuer: "中国计算机学会".into(),
        number: "B-20-M2026-000001".into(),
        issued_on: (2026, 5, 1),
        link: format!("https://wskx.example.cn/p/m/{}", "A1b2".repeat(52)),
        facts: [
            ("organisation", fact("中国计算机学会", "中国计算机学会")),
            ("member_number", fact("B200000123M", "B200000123M")),
            ("category", fact("高级会员", "senior member")),
            ("joined_on", fact("2024年3月5日", "5 March 2024")),
        ]
        .map(|(key, fact)| (key.to_owned(), fact))
        .into(),
        check_only: false,
    }
}

/// A certificate of attendance at an activity of this title.
pub fn attendance(title: &str) -> Order {
    Order {
        template: "attendance".into(),
        number: "B-20-A2026-000017".into(),
        link: format!("https://wskx.example.cn/p/a/{}", "A1b2".repeat(52)),
        facts: [
            ("organisation", fact("中国计算机学会", "中国计算机学会")),
            ("activity", fact(title, title)),
            ("kind", fact("学术交流", "academic meeting")),
            (
                "days",
                fact("2026年5月1日至2026年5月3日", "1 May 2026 to 3 May 2026"),
            ),
            ("place", fact("北京·国家会议中心", "北京·国家会议中心")),
            ("credit", fact("16小时30分钟", "16 h 30 min")),
        ]
        .map(|(key, fact)| (key.to_owned(), fact))
        .into(),
        ..membership("欧阳明远")
    }
}

/// The path of a document while it is looked at.
pub struct File(PathBuf);

impl File {
    pub fn of(pdf: &[u8]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let nth = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("paper-{}-{nth}.pdf", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, pdf).unwrap();
        Self(path)
    }

    /// What another program says about it.
    pub fn read_by(&self, program: &str, arguments: &[&str], behind: &[&str]) -> String {
        let mut command = Command::new(program);
        command.args(arguments).arg(&self.0).args(behind);
        let output = command.output();
        let output = output
            .unwrap_or_else(|_| panic!("{program} is needed: apt-get install poppler-utils qpdf"));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{program}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    }

    /// The same with a password.
    pub fn locked(&self) -> Vec<u8> {
        let locked = Self(self.0.with_extension("locked.pdf"));
        let to = locked.0.to_string_lossy();
        self.read_by(
            "qpdf",
            &["--encrypt", "secret", "owner", "256", "--"],
            &[&to],
        );
        std::fs::read(&locked.0).unwrap()
    }

    /// Its text in the order of its structure.
    pub fn text(&self) -> String {
        self.read_by("pdftotext", &["-enc", "UTF-8", "-raw"], &["-"])
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The program, asked with these bytes; what it answers and whether it ended well.
pub fn program(input: &[u8], environment: &[(&str, &str)]) -> (Vec<u8>, bool) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_renderer"))
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    (output.stdout, output.status.success())
}
