import { useTitle } from '../sheet';
import { ControlsSection } from './controls-section';
import { FormsSection } from './forms-section';
import { ListsSection } from './lists-section';
import { StatesSection } from './states-section';
import { TokensSection } from './tokens-section';
import '../content.css';
import './showcase.css';

/** Every component in all its states, in development only. Switch appearance and width to see the others. */
export function Showcase() {
  useTitle('Components');
  return (
    <>
      <h1>Components</h1>
      <TokensSection />
      <ControlsSection />
      <StatesSection />
      <ListsSection />
      <FormsSection />
    </>
  );
}
