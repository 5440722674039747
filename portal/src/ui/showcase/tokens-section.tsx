import { useAppearance } from '../appearance';
import { colours, radius, space, text } from '../tokens';
import { Section, State } from './section';

export function TokensSection() {
  const { mode } = useAppearance();
  return (
    <Section
      name="Tokens"
      purpose="The values that everything else is made of. Style sheets use them as custom properties."
    >
      <State name={`colours, ${mode}`}>
        <div className="showcase-swatches">
          {Object.entries(colours[mode]).map(([name, value]) => (
            <span key={name}>
              <i style={{ background: value }} />
              {name} {value}
            </span>
          ))}
        </div>
      </State>
      <State name="text">
        {Object.entries(text).map(([name, size]) => (
          <p key={name} style={{ fontSize: `${size}rem`, margin: 0 }}>
            text-{name} 科技工作者之家 Online CAST
          </p>
        ))}
      </State>
      <State name="space">
        {Object.entries(space).map(([name, size]) => (
          <p key={name} style={{ margin: 0 }}>
            space-{name} <span className="showcase-space" style={{ width: `${size}rem` }} />
          </p>
        ))}
      </State>
      <State name="radius and elevation">
        {Object.entries(radius).map(([name, size]) => (
          <span key={name} className="showcase-box" style={{ borderRadius: size }}>
            radius-{name}
          </span>
        ))}
        {['raised', 'floating'].map((name) => (
          <span key={name} className="showcase-box" style={{ boxShadow: `var(--shadow-${name})` }}>
            shadow-{name}
          </span>
        ))}
      </State>
    </Section>
  );
}
