/**
 * Buttons, and links that look like buttons. The tone says what a press may do; `danger` never acts without a dialog.
 */
import type { ButtonHTMLAttributes, Ref } from 'react';
import './button.css';

type ButtonTone = 'plain' | 'primary' | 'danger' | 'buy' | 'sell' | 'quiet';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly tone?: ButtonTone;
  readonly small?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

export function Button({ tone = 'plain', small = false, className = '', type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={`button ${tone}${small ? ' small' : ''} ${className}`} {...rest} />;
}

/** The keys that do the same as the control beside them. */
export function Keys({ children }: { children: string }) {
  return <kbd className="keys">{children}</kbd>;
}
