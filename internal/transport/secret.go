package transport

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"
)

const redacted = "[redacted]"

// minSecret is the length from which a token is worth hiding: a shorter one would tear holes in plain words.
const minSecret = 4

// A token of at least longSecret bytes is known by its start.
const longSecret, secretStart = 24, 12

// Redact takes the tokens out of a text, plain or in any of the ways in which encoders escape, and of the long ones what
// is left where a server cuts them.
func Redact(text string, tokens []string) string {
	for _, token := range tokens {
		if len(token) >= minSecret && strings.Contains(text, plainest(token)) {
			text = replace(text, escaped(token))
		}
		if len(token) >= longSecret && strings.Contains(text, plainest(token[:secretStart])) {
			text = replace(text, escaped(token[:secretStart])+`[^\s"<>]*`)
		}
	}
	return text
}

// redactCut is Redact for a text that may end in the middle of a token.
func redactCut(text string, tokens []string) string {
	text = Redact(text, tokens)
	for _, token := range tokens {
		if len(token) >= minSecret {
			text = replace(text, escaped(token[:minSecret])+`\S*\z`)
		}
	}
	return text
}

// replace hides rather too much than too little where a token makes too long a pattern.
func replace(text, pattern string) string {
	const longest = 32 << 10
	if len(pattern) > longest {
		return redacted
	}
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return redacted
	}
	return expression.ReplaceAllString(text, redacted)
}

// plainest is the longest part of a token that no encoder touches: a text without it holds no token.
func plainest(token string) string {
	longest := ""
	for part := range strings.FieldsFuncSeq(token, isSpecial) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// escaped is the pattern of a token in which JSON, URLs and HTML have escaped any of the special characters, once or
// several times over.
func escaped(token string) string {
	var pattern strings.Builder
	for _, r := range token {
		if !isSpecial(r) {
			pattern.WriteRune(r)
			continue
		}
		fmt.Fprintf(&pattern, `(?:\\|%%(?:25)*5[cC])*(?:%s|u(?i:%04x)|%%(?:25)*(?i:%02x)|&(?:amp;)*(?:#0*%d|#[xX]0*(?i:%x)|[a-zA-Z]+);)`,
			regexp.QuoteMeta(string(r)), r, r, r, r)
	}
	return pattern.String()
}

func isSpecial(r rune) bool {
	letter := 'a' <= r|0x20 && r|0x20 <= 'z'
	return !letter && (r < '0' || '9' < r)
}

// What a QR code looks like in a text: an image, whatever the call, for the answer to a creation may hold one too; a
// member of that name; and in a call whose answer is a code, a link to it or any long run in the middle of prose.
var (
	imageText = regexp.MustCompile(`(?i:data:image)[^"<>]*|iVBORw0KGgo[^"<>]*|(?s:.?PNG\r\n\x1a\n.*)`)
	member    = regexp.MustCompile(`(?i)("qr\\*"\s*:\s*\\*")(?:[^"\\]|\\[^"])*`)
	lastRun   = regexp.MustCompile(`[^\s"<>]+\z`)
	inQRCall  = regexp.MustCompile(`(?i:https?:)[^\s"<>]+|[^\s"<>]{64,}`)
)

// MaxText bounds what an error keeps of each text of the server.
const MaxText = 4 << 10

// Hide takes out of a text what must not be shown: the tokens that were sent, and what may be a QR code.
func (r *Result) Hide(text string) string { return r.hideCode(Redact(text, r.Tokens)) }

// HiddenStart is the start of a text without those, at most so many bytes.
func (r *Result) HiddenStart(text string, most int) string {
	if len(text) <= most {
		return shortened(r.Hide(text), most)
	}
	return shortened(r.hideCut(text[:most]), most)
}

// HiddenBody is the start of the answer without those.
func (r *Result) HiddenBody(most int) string {
	if r.Partial && len(r.Body) <= most {
		return shortened(r.hideCut(string(r.Body)), most)
	}
	return r.HiddenStart(string(r.Body[:min(len(r.Body), most+1)]), most)
}

// hideCut is Hide for a text that may end in the middle of a secret.
func (r *Result) hideCut(text string) string {
	text = r.hideCode(redactCut(text, r.Tokens))
	if r.Credential {
		text = lastRun.ReplaceAllString(text, redacted)
	}
	return text
}

func shortened(text string, most int) string { return text[:min(len(text), most)] }

// HiddenHeader is the answer's header without those, and without cookies.
func (r *Result) HiddenHeader() http.Header {
	hidden := r.Header.Clone()
	hidden.Del("Set-Cookie")
	for name, values := range hidden {
		if r.Hide(name) != name {
			delete(hidden, name)
			continue
		}
		for i, value := range values {
			if values[i] = r.HiddenStart(value, MaxText); r.Credential && name == "Location" {
				values[i] = redacted
			}
		}
	}
	return hidden
}

// mayHoldCode is false where a glance can tell that neither imageText nor member finds anything: each match has one of
// these pairs of letters in it.
func mayHoldCode(text string) bool {
	const lower = 'a' - 'A'
	for i := 1; i < len(text); i++ {
		switch [2]byte{text[i-1] | lower, text[i] | lower} {
		case [2]byte{'q', 'r'}, [2]byte{':', 'i'}, [2]byte{'v', 'b'}, [2]byte{'p', 'n'}:
			return true
		}
	}
	return false
}

func (r *Result) hideCode(text string) string {
	if !r.Credential && !mayHoldCode(text) {
		return text
	}
	text = imageText.ReplaceAllString(text, redacted)
	text = member.ReplaceAllString(text, "${1}"+redacted)
	if r.Credential {
		text = inQRCall.ReplaceAllString(text, redacted)
	}
	return text
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

// RequestID is the identifier that the server, or the proxy before it, gave the request, secrets taken out.
func (r *Result) RequestID() string {
	const longest = 128
	for _, name := range [...]string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "Cf-Ray"} {
		if r.Header[name] == nil {
			continue
		}
		id := r.Hide(strings.Map(func(r rune) rune {
			if r <= ' ' || r > unicode.MaxASCII || unicode.IsControl(r) {
				return -1
			}
			return r
		}, r.Header.Get(name)))
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
