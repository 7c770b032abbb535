/**
 * Labelled inputs. The label is always visible; what is wrong stands under the input and is tied to it.
 */
import { useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes } from 'react';
import './field.css';

interface FieldShell {
  readonly label: ReactNode;
  /** A unit or a constraint, beside the label. */
  readonly hint?: ReactNode;
  readonly problem?: string | undefined;
}

interface Described {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

function Field({ label, hint, problem, children }: FieldShell & { children: (ids: Described) => ReactNode }) {
  const id = useId();
  const problemId = `${id}-problem`;
  const ids: Described = problem === undefined ? { id } : { id, 'aria-describedby': problemId, 'aria-invalid': true };
  return (
    <div className="field">
      <label htmlFor={id}>
        <span>{label}</span>
        {hint === undefined ? null : <span className="field-hint">{hint}</span>}
      </label>
      {children(ids)}
      {problem === undefined ? null : (
        <p className="field-problem" id={problemId}>
          {problem}
        </p>
      )}
    </div>
  );
}

type TextFieldProps = FieldShell & Omit<InputHTMLAttributes<HTMLInputElement>, 'id'>;

export function TextField({ label, hint, problem, className = '', ...rest }: TextFieldProps) {
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(ids) => <input className={`input ${className}`} autoComplete="off" spellCheck={false} {...rest} {...ids} />}
    </Field>
  );
}

/** One choice of a select: what is sent, and what is read. */
export interface Choice<Value extends string> {
  readonly value: Value;
  readonly text: string;
}

type SelectFieldProps<Value extends string> = FieldShell &
  Omit<SelectHTMLAttributes<HTMLSelectElement>, 'id' | 'value' | 'onChange'> & {
    readonly choices: readonly Choice<Value>[];
    readonly value: Value;
    readonly onValue: (value: Value) => void;
  };

export function SelectField<Value extends string>(props: SelectFieldProps<Value>) {
  const { label, hint, problem, choices, value, onValue, ...rest } = props;
  return (
    <Field label={label} hint={hint} problem={problem}>
      {(ids) => (
        <select
          className="input"
          value={value}
          onChange={(event) => onValue(event.target.value as Value)}
          {...rest}
          {...ids}
        >
          {choices.map((choice) => (
            <option key={choice.value} value={choice.value}>
              {choice.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

interface SegmentsProps<Value extends string> {
  readonly label: string;
  readonly choices: readonly Choice<Value>[];
  readonly value: Value;
  readonly onValue: (value: Value) => void;
  readonly className?: string;
}

/** A few exclusive choices shown side by side: radio buttons in a row. */
export function Segments<Value extends string>({
  label,
  choices,
  value,
  onValue,
  className = '',
}: SegmentsProps<Value>) {
  const name = useId();
  return (
    <fieldset className={`segments ${className}`}>
      <legend className="visually-hidden">{label}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className={`segment segment-${choice.value}`}>
          <input type="radio" name={name} checked={choice.value === value} onChange={() => onValue(choice.value)} />
          <span>{choice.text}</span>
        </label>
      ))}
    </fieldset>
  );
}
