package transport

import (
	"errors"
	"net/http"
	"strings"
	"unicode"

	"github.com/whatspie-go/whatspie/internal/redact"
)

// MaxText bounds what an error keeps of each text of the server.
const MaxText = redact.MaxText

// redactor hides the tokens that were sent so far.
func (r *Result) redactor() *redact.Redactor {
	return &redact.Redactor{Tokens: r.Tokens, Code: r.Credential}
}

// Hide takes out of a text what must not be shown: the tokens that were sent, and what may be a QR code.
func (r *Result) Hide(text string) string { return r.redactor().Text(text) }

// HiddenStart is the start of a text without those, at most so many bytes.
func (r *Result) HiddenStart(text string, most int) string {
	return r.redactor().Start(text, most, false)
}

// HiddenBody is the start of the response without those.
func (r *Result) HiddenBody(most int) string {
	return r.redactor().Start(string(r.Body[:min(len(r.Body), most+1)]), most, r.Partial)
}

// HiddenHeader is the response's header without those, without cookies, and bounded.
func (r *Result) HiddenHeader() http.Header { return r.redactor().Header(r.Header) }

// RequestID is the identifier that the server, or a proxy in front of it, gave the request, without secrets.
func (r *Result) RequestID() string {
	const longest = 128
	for _, name := range [...]string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "Cf-Ray"} {
		if r.Header[name] == nil {
			continue
		}
		id := r.HiddenStart(strings.Map(func(c rune) rune {
			if c <= ' ' || c > unicode.MaxASCII || unicode.IsControl(c) {
				return -1
			}
			return c
		}, r.Header.Get(name)), MaxText)
		if id != "" {
			return id[:min(len(id), longest)]
		}
	}
	return ""
}

// ErrNoToken means that there is no token at all.
var ErrNoToken = errors.New("the token is empty")

// CheckToken refuses what cannot be a bearer token, without repeating it.
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
