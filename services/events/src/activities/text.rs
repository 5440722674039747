//! Text that people type.

use kit::errors::Problem;

/// One line without blanks at its ends, at least `shortest` characters.
pub fn one_line(field: &str, text: &str, shortest: usize) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(Problem::invalid(
            field,
            (
                "Contains line breaks or control characters; write it on one line.",
                "不能包含换行或控制字符，请写在一行内。",
            ),
        ));
    }
    if text.chars().count() < shortest {
        return Err(Problem::invalid(
            field,
            (
                format!("Too short; write at least {shortest} characters other than blanks."),
                format!("内容过短，请填写至少 {shortest} 个字。"),
            ),
        ));
    }
    Ok(text.to_owned())
}

/// Several lines, without blanks at the end.
pub fn paragraphs(field: &str, text: &str) -> Result<String, Problem> {
    let text = text.trim_end().replace("\r\n", "\n");
    if text
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\t')
    {
        return Err(Problem::invalid(
            field,
            (
                "Contains control characters; remove them.",
                "包含控制字符，请删除后重新填写。",
            ),
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_title_is_one_line_with_something_in_it() {
        assert_eq!(one_line("title", "　科普日 ", 2).unwrap(), "科普日");
        for wrong in ["", "　 　", "日", "一\n二", "一\u{0}二", "一\u{7f}二"] {
            let problem = one_line("title", wrong, 2).unwrap_err();
            assert_eq!(problem.violations()[0].0, "title", "{wrong:?}");
        }
    }

    #[test]
    fn a_description_keeps_its_paragraphs() {
        assert_eq!(
            paragraphs("description", "一\r\n\n二\t三 \n").unwrap(),
            "一\n\n二\t三"
        );
        assert!(paragraphs("description", "一\u{1b}[31m").is_err());
    }
}
