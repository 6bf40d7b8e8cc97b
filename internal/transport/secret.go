package transport

import (
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

const redacted = "[redacted]"

// minSecret is the length from which a token is worth hiding: a shorter one would tear holes in plain words.
const minSecret = 4

// Redact takes the tokens out of a text, plain, URL-escaped or JSON-escaped.
func Redact(text string, tokens []string) string {
	for _, token := range tokens {
		if len(token) < minSecret {
			continue
		}
		for _, form := range echoes(token) {
			text = strings.ReplaceAll(text, form, redacted)
		}
	}
	return text
}

var percent = regexp.MustCompile(`%[0-9A-F]{2}`)

// echoes are the ways in which a server may repeat a token: encoders differ in what they escape.
func echoes(token string) []string {
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(token)
	return []string{
		token,
		quoted,
		strings.ReplaceAll(quoted, "/", `\/`),
		strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(quoted),
		url.QueryEscape(token),
		url.PathEscape(token),
		percent.ReplaceAllStringFunc(url.QueryEscape(token), strings.ToLower),
		percent.ReplaceAllStringFunc(url.PathEscape(token), strings.ToLower),
		html.EscapeString(token),
		strings.ReplaceAll(html.EscapeString(token), "&#34;", "&quot;"),
	}
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

// RequestID finds the identifier that the server, or the proxy before it, gave the request, the tokens taken out.
func RequestID(header http.Header, tokens []string) string {
	const longest = 128
	for _, name := range []string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "Cf-Ray"} {
		id := Redact(strings.Map(func(r rune) rune {
			if r <= ' ' || r > unicode.MaxASCII || unicode.IsControl(r) {
				return -1
			}
			return r
		}, header.Get(name)), tokens)
		if id != "" {
			return id[:min(len(id), longest)]
		}
	}
	return ""
}

// PathOnly is a path without its query.
func PathOnly(path string) string {
	before, _, _ := strings.Cut(path, "?")
	return before
}
