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

// pattern finds a token, or the start of one, in whatever case, plain or as encoders escape it. It is compiled when a text
// first needs it, and once: a server may echo a token ten thousand times.
type pattern struct {
	token, tail string
	// part is in every match, in whatever case.
	part string
	find *regexp.Regexp
}

// everything hides rather too much than too little where a token makes too long a pattern.
var everything = regexp.MustCompile(`(?s)\A.+\z`)

func (p *pattern) replace(text string) string {
	if !containsFold(text, p.part) {
		return text
	}
	if p.find == nil {
		p.find = everything
		const longest = 32 << 10
		if source := "(?i)" + escaped(p.token) + p.tail; len(source) <= longest {
			if find, err := regexp.Compile(source); err == nil {
				p.find = find
			}
		}
	}
	return p.find.ReplaceAllString(text, redacted)
}

// secrets are the patterns of the tokens that were sent: the whole ones and the starts of long ones, which is what is left
// where a server cuts them; and, for the end of a text that was cut, the first bytes.
type secrets struct {
	tokens       int
	whole, begun []pattern
}

func (r *Result) patterns() *secrets {
	if r.secrets != nil && r.secrets.tokens == len(r.Tokens) {
		return r.secrets
	}
	r.secrets = &secrets{tokens: len(r.Tokens), whole: make([]pattern, 0, 2*len(r.Tokens))}
	for _, token := range r.Tokens {
		if len(token) < minSecret {
			continue
		}
		r.secrets.whole = append(r.secrets.whole, pattern{token: token, part: plainest(token)})
		if len(token) >= longSecret {
			start := token[:secretStart]
			r.secrets.whole = append(r.secrets.whole, pattern{token: start, tail: `[^\s"<>]*`, part: plainest(start)})
		}
	}
	return r.secrets
}

// begun finds the first bytes of a token at the end of a text that was cut.
func (r *Result) begun() []pattern {
	if s := r.patterns(); s.begun == nil {
		for _, token := range r.Tokens {
			if len(token) >= minSecret {
				s.begun = append(s.begun, pattern{token: token[:minSecret], tail: `\S*\z`})
			}
		}
	}
	return r.secrets.begun
}

func replaceAll(text string, patterns []pattern) string {
	for i := range patterns {
		text = patterns[i].replace(text)
	}
	return text
}

// containsFold finds a part of letters and digits, in whatever case; every text holds an empty one.
func containsFold(text, part string) bool {
	const lower = 'a' - 'A'
	if part == "" {
		return true
	}
	for i := range len(text) - len(part) + 1 {
		if text[i]|lower == part[0]|lower && strings.EqualFold(text[i:i+len(part)], part) {
			return true
		}
	}
	return false
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

// What a QR code looks like in a text: an image or what WhatsApp writes into one, whatever the call, for the answer to a
// creation may hold one too; a member of that name, whatever is in it; and in a call whose answer is a code, a link to it
// or any long run in the middle of prose.
var (
	imageText = regexp.MustCompile(`(?i:data:image)[^"<>]*|iVBORw0KGgo[^"<>]*|(?s:.?PNG\r\n\x1a\n.*)|[0-9](?:@|%40)(?:[A-Za-z0-9+/=,\\]|%[0-9A-Fa-f]{2}|&#?[0-9A-Za-z]+;){20,}`)
	member    = regexp.MustCompile(`(?i)("qr[a-z0-9_.-]*\\*"\s*:\s*)(?:(\\*")(?:[^"\\]|\\[^"])*|[\[{](?s:.*))`)
	lastRun   = regexp.MustCompile(`[^\s"<>]+\z`)
	inQRCall  = regexp.MustCompile(`(?i:https?:)[^\s"<>]+|[^\s"<>]{64,}`)
)

// MaxText bounds what an error keeps of each text of the server.
const MaxText = 4 << 10

// Hide takes out of a text what must not be shown: the tokens that were sent, and what may be a QR code.
func (r *Result) Hide(text string) string { return r.hideCode(replaceAll(text, r.patterns().whole)) }

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
	text = r.hideCode(replaceAll(replaceAll(text, r.patterns().whole), r.begun()))
	if r.Credential {
		text = lastRun.ReplaceAllString(text, redacted)
	}
	return text
}

func shortened(text string, most int) string { return text[:min(len(text), most)] }

// HiddenHeader is the answer's header without those, and without cookies, at most so much that hiding takes no time.
func (r *Result) HiddenHeader() http.Header {
	hidden := withinBound(r.Header)
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

// maxHeader bounds what an error keeps of a header.
const maxHeader = 64 << 10

// withinBound leaves out cookies, and names for which there is no room.
func withinBound(header http.Header) http.Header {
	kept, left := header.Clone(), maxHeader
	kept.Del("Set-Cookie")
	for name, values := range kept {
		size := len(name)
		for _, value := range values {
			size += 1 + min(len(value), MaxText)
		}
		if size > left {
			delete(kept, name)
			continue
		}
		left -= size
	}
	return kept
}

// mayHoldCode is false where a glance can tell that neither imageText nor member finds anything: each match has one of
// these pairs of characters in it.
func mayHoldCode(text string) bool {
	const lower = 'a' - 'A'
	for i := 1; i < len(text); i++ {
		if text[i] == '@' {
			return true
		}
		switch [2]byte{text[i-1] | lower, text[i] | lower} {
		case [2]byte{'%', '4'}, [2]byte{'q', 'r'}, [2]byte{':', 'i'}, [2]byte{'v', 'b'}, [2]byte{'p', 'n'}:
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
	text = member.ReplaceAllString(text, "${1}${2}"+redacted)
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
		id := r.HiddenStart(strings.Map(func(r rune) rune {
			if r <= ' ' || r > unicode.MaxASCII || unicode.IsControl(r) {
				return -1
			}
			return r
		}, r.Header.Get(name)), MaxText)
		if id != "" {
			return id[:min(len(id), longest)]
		}
	}
	return ""
}
