package transport

import (
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/whatspie-go/whatspie/internal/redact"
)

// MaxText limits each text from the server that an error keeps.
const MaxText = redact.MaxText

// redactor hides the tokens sent so far.
func (r *Result) redactor() *redact.Redactor {
	return &redact.Redactor{Tokens: r.Tokens, MayHoldQRCode: r.MayHoldQRCode}
}

// Redact hides the tokens that were sent, and anything that may be a QR code.
func (r *Result) Redact(text string) string { return r.redactor().Text(text) }

// RedactStart is Redact for the start of a text, limited to maxBytes.
func (r *Result) RedactStart(text string, maxBytes int) string {
	return r.redactor().Start(text, maxBytes, false)
}

// RedactedBody is the redacted start of the response body, limited to maxBytes.
func (r *Result) RedactedBody(maxBytes int) string {
	return r.redactor().Start(string(r.Body[:min(len(r.Body), maxBytes+1)]), maxBytes, r.Partial)
}

// RedactedHeader is the redacted response header, without cookies and limited in size.
func (r *Result) RedactedHeader() http.Header { return r.redactor().Header(r.Header) }

// RequestID returns the request ID assigned by the server or a proxy, without secrets.
func (r *Result) RequestID() string {
	const maxLength = 128
	for _, name := range [...]string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "Cf-Ray"} {
		if r.Header[name] == nil {
			continue
		}
		id := r.RedactStart(strings.Map(func(c rune) rune {
			if c <= ' ' || c > unicode.MaxASCII || unicode.IsControl(c) {
				return -1
			}
			return c
		}, r.Header.Get(name)), MaxText)
		if id != "" {
			return id[:min(len(id), maxLength)]
		}
	}
	return ""
}

// ErrNoToken means that the token is empty.
var ErrNoToken = errors.New("the token is empty")

// CheckToken rejects what cannot be a bearer token. Its error does not contain the token.
func CheckToken(token string) error {
	if strings.TrimSpace(token) == "" {
		return ErrNoToken
	}
	for _, r := range token {
		switch {
		case unicode.IsControl(r):
			return errors.New("the token has a control character in it, perhaps a line break at its end")
		case r <= ' ' || r > unicode.MaxASCII:
			return errors.New("the token has a space or a non-ASCII character in it")
		}
	}
	return nil
}
