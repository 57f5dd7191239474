export function Logo() {
  return (
    <span className="logo">
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <path d="M3 30V9h4V4h5v5h8V4h5v5h4v21H21V20a5 5 0 0 0-10 0v10z" />
      </svg>
      Postern
    </span>
  );
}
