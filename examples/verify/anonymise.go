package main

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/whatspie-go/whatspie"
)

var (
	errNotJSON = errors.New("the body is not JSON")

	isTime   = regexp.MustCompile(`^\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$`)
	isDigits = regexp.MustCompile(`^\+?\d+$`)
	isEnum   = regexp.MustCompile(`^[A-Za-z_ -]{1,32}$`)
	isQuota  = regexp.MustCompile(`^-?\d+$`)
	// private matches account data in error messages: quoted text, addresses, numbers.
	private = regexp.MustCompile(`'[^']*'|"[^"]*"|\S+@\S+|\w+://\S+|\d+`)
)

// anonymiser replaces account data by made-up values of the same shape, consistently across all bodies. Unknown values
// are replaced too.
type anonymiser struct {
	made map[string]string // made-up value by original
	used map[string]bool
	code []byte // a PNG that replaces every code
}

func newAnonymiser(code []byte) *anonymiser {
	return &anonymiser{made: map[string]string{}, used: map[string]bool{}, code: code}
}

// body rewrites a JSON body, preserving the order and types of its members.
func (a *anonymiser) body(raw []byte) ([]byte, error) {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if !json.Valid(raw) {
		return nil, errNotJSON
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var out, indented bytes.Buffer
	if err := a.value(decoder, &out, nil); err != nil {
		return nil, err
	}
	if err := json.Indent(&indented, out.Bytes(), "", "    "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

func (a *anonymiser) value(in *json.Decoder, out *bytes.Buffer, path []string) error {
	token, err := in.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case json.Delim:
		return a.compound(t, in, out, path)
	case string:
		writeString(out, a.text(t, path))
	case json.Number:
		out.WriteString(a.number(t.String(), path))
	case bool:
		fmt.Fprint(out, t)
	default:
		out.WriteString("null")
	}
	return nil
}

func (a *anonymiser) compound(open json.Delim, in *json.Decoder, out *bytes.Buffer, path []string) error {
	out.WriteRune(rune(open))
	for first := true; in.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		inner := path
		if open == '{' {
			token, err := in.Token()
			if err != nil {
				return err
			}
			key, _ := token.(string)
			inner = append(slices.Clone(path), key)
			if !isName.MatchString(key) { // keys may be numbers or names of the account
				key = a.words(key)
			}
			writeString(out, key)
			out.WriteByte(':')
		}
		if err := a.value(in, out, inner); err != nil {
			return err
		}
	}
	end, err := in.Token()
	if err == nil {
		fmt.Fprint(out, end)
	}
	return err
}

var isName = regexp.MustCompile(`^[A-Za-z_][A-Za-z_]*$`)

func writeString(out *bytes.Buffer, text string) {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return // writes to a buffer cannot fail
	}
	out.Truncate(out.Len() - 1) // the encoder's newline
}

// text returns a made-up text for the value at a path.
func (a *anonymiser) text(s string, path []string) string {
	key, parent := name(path, 0), name(path, 1)
	switch {
	case s == "", isTime.MatchString(s), isPublic(s, key, parent):
		return s
	case key == "message", key == "error":
		return a.sentence(s)
	case key == "qr", strings.HasPrefix(s, "data:"):
		return a.qr(s)
	case isDigits.MatchString(s):
		return strings.Repeat("+", strings.Count(s, "+")) + a.digits(strings.TrimPrefix(s, "+"))
	default:
		return a.words(s)
	}
}

// isPublic reports whether a text belongs to the API rather than to the account.
func isPublic(s, key, parent string) bool {
	switch parent {
	case "server", "package":
		return slices.Contains([]string{"name", "status", "code"}, key)
	case "subscription":
		return isQuota.MatchString(s)
	default:
		return slices.Contains([]string{"status", "paired_status", "version"}, key) && isEnum.MatchString(s)
	}
}

// name returns the last name of a path, or the one that many levels above it.
func name(path []string, back int) string {
	if len(path) <= back {
		return ""
	}
	return path[len(path)-1-back]
}

func (a *anonymiser) number(s string, path []string) string {
	key, parent := name(path, 0), name(path, 1)
	switch {
	case s == "0", parent == "subscription", len(path) == 1 && (key == "status" || key == "code"):
		return s
	case isQuota.MatchString(s):
		return strings.Repeat("-", strings.Count(s, "-")) + a.digits(strings.TrimPrefix(s, "-"))
	default:
		return "1" + strings.Map(zero, s[1:])
	}
}

// zero replaces digits by 0 and keeps the notation of a number, such as its point or exponent.
func zero(r rune) rune {
	if unicode.IsDigit(r) {
		return '0'
	}
	return r
}

// digits returns a made-up number of the same length. A long one keeps its first two digits, a phone's country code,
// and continues with zeros, which no real number does.
func (a *anonymiser) digits(s string) string {
	const long = 7
	return a.remember(s, func(nth int) string {
		switch {
		case len(s) >= long:
			return fmt.Sprintf("%s%0*d", s[:2], len(s)-2, nth)
		case len(s) == 1:
			return strconv.Itoa(1 + nth%9)
		default:
			return fmt.Sprintf("1%0*d", len(s)-1, nth)[:len(s)]
		}
	})
}

// words replaces letters by letters and digits by digits. A URL keeps its scheme and gets a host under example.com.
func (a *anonymiser) words(s string) string {
	if scheme, rest, isURL := strings.Cut(s, "://"); isURL {
		host, path, hasPath := strings.Cut(rest, "/")
		made := scheme + "://" + strings.ToLower(a.words(strings.Map(hostRune, host))) + ".example.com"
		if hasPath {
			made += "/" + a.words(path)
		}
		return made
	}
	return a.remember(s, func(nth int) string {
		return strings.Map(func(r rune) rune {
			nth++
			switch {
			case unicode.IsDigit(r):
				return '0' + rune(nth%10)
			case unicode.Is(unicode.Han, r):
				return []rune("甲乙丙丁戊己庚辛")[nth%8]
			case unicode.IsUpper(r):
				return 'A' + rune(nth%26)
			case unicode.IsLetter(r):
				return 'a' + rune(nth%26)
			default:
				return r
			}
		}, s)
	})
}

// sentence keeps the API's words in a message, and replaces what it quotes of the account.
func (a *anonymiser) sentence(s string) string {
	for _, sent := range slices.SortedFunc(maps.Keys(a.made), longestFirst) {
		if len(sent) > 2 && !isDigits.MatchString(sent) {
			s = strings.ReplaceAll(s, sent, a.made[sent])
		}
	}
	return private.ReplaceAllStringFunc(s, func(found string) string {
		if isDigits.MatchString(found) {
			return a.digits(found)
		}
		return a.words(found)
	})
}

// longestFirst sorts names so that a name that contains another is replaced first.
func longestFirst(a, b string) int {
	return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
}

// hostRune drops the characters that delimit ports, passwords and IPv6 addresses.
func hostRune(r rune) rune {
	if strings.ContainsRune(":@[]", r) {
		return -1
	}
	return r
}

// remember returns the same made-up value for the same original, unique and different from it if possible.
func (a *anonymiser) remember(sent string, makeUp func(nth int) string) string {
	if made, ok := a.made[sent]; ok {
		return made
	}
	const tries = 1000
	made := sent
	for nth := range tries {
		candidate := makeUp(len(a.made) + nth)
		if !a.used[candidate] && candidate != sent {
			made = candidate
			break
		}
	}
	a.made[sent], a.used[made] = made, true
	return made
}

// qr returns the made-up code in the encoding of the original.
func (a *anonymiser) qr(s string) string {
	if _, err := whatspie.ParseQRCode(s); err != nil || strings.Contains(s, "://") {
		return a.words(s)
	}
	encoding := base64.StdEncoding
	prefix, data, found := strings.Cut(s, ",")
	if !found {
		prefix, data = "", s
	} else {
		prefix += ","
	}
	if strings.ContainsAny(data, "-_") {
		encoding = base64.URLEncoding
	}
	return prefix + encoding.EncodeToString(a.code)
}
