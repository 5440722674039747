import { Fragment } from 'react';

/** An address ends before what closes the sentence around it. */
const address = /(https?:\/\/[^\s<>"'，。；：！？、）】》]+)/;

/** The paragraphs of a letter, with their addresses as links that say where they lead. */
export function LetterBody({ text }: { text: string }) {
  return (
    <div className="letter-body">
      {text.split(/\n+/).map((paragraph, at) => (
        <p key={at}>
          {paragraph.split(address).map((piece, index) =>
            index % 2 === 1 ? (
              <a key={index} href={piece} target="_blank" rel="noopener noreferrer nofollow">
                {piece}
              </a>
            ) : (
              <Fragment key={index}>{piece}</Fragment>
            ),
          )}
        </p>
      ))}
    </div>
  );
}
