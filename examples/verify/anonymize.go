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

// anonymizer replaces account data by fictitious values of the same form, consistently across all bodies. It replaces
// unknown values, too.
type anonymizer struct {
	replacements map[string]string // by original
	used         map[string]bool   // replacements
	code         []byte            // the PNG that replaces every code
}

func newAnonymizer(code []byte) *anonymizer {
	return &anonymizer{replacements: map[string]string{}, used: map[string]bool{}, code: code}
}

// body rewrites a JSON body, preserving the order and types of its members.
func (a *anonymizer) body(raw []byte) ([]byte, error) {
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

func (a *anonymizer) value(in *json.Decoder, out *bytes.Buffer, path []string) error {
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

func (a *anonymizer) compound(open json.Delim, in *json.Decoder, out *bytes.Buffer, path []string) error {
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
			if !isName.MatchString(key) { // keys may be account data, such as phone numbers
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

// text returns the replacement of a string at a path.
func (a *anonymizer) text(s string, path []string) string {
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

// isPublic reports whether a string is defined by the API and not by the account.
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

// name returns the last name of a path, or the one the given number of levels above.
func name(path []string, levels int) string {
	if len(path) <= levels {
		return ""
	}
	return path[len(path)-1-levels]
}

func (a *anonymizer) number(s string, path []string) string {
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

// zero replaces digits by 0, and keeps the decimal point and the exponent of a number.
func zero(r rune) rune {
	if unicode.IsDigit(r) {
		return '0'
	}
	return r
}

// digits returns a fictitious number of the same length. A long one keeps its first two digits, the country code of a
// phone number, and continues with zeros, unlike real numbers.
func (a *anonymizer) digits(s string) string {
	const long = 7
	return a.replacement(s, func(nth int) string {
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
func (a *anonymizer) words(s string) string {
	if scheme, rest, isURL := strings.Cut(s, "://"); isURL {
		host, path, hasPath := strings.Cut(rest, "/")
		url := scheme + "://" + strings.ToLower(a.words(strings.Map(hostRune, host))) + ".example.com"
		if hasPath {
			url += "/" + a.words(path)
		}
		return url
	}
	return a.replacement(s, func(nth int) string {
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

// sentence keeps the text of a message of the API, and replaces the account data in it.
func (a *anonymizer) sentence(s string) string {
	for _, original := range slices.SortedFunc(maps.Keys(a.replacements), longestFirst) {
		if len(original) > 2 && !isDigits.MatchString(original) {
			s = strings.ReplaceAll(s, original, a.replacements[original])
		}
	}
	return private.ReplaceAllStringFunc(s, func(found string) string {
		if isDigits.MatchString(found) {
			return a.digits(found)
		}
		return a.words(found)
	})
}

// longestFirst sorts a text before those that it contains.
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

// replacement returns the replacement of a value, which is always the same. It is unique and different from the
// original if possible.
func (a *anonymizer) replacement(original string, candidate func(nth int) string) string {
	if found, ok := a.replacements[original]; ok {
		return found
	}
	const tries = 1000
	chosen := original
	for nth := range tries {
		next := candidate(len(a.replacements) + nth)
		if !a.used[next] && next != original {
			chosen = next
			break
		}
	}
	a.replacements[original], a.used[chosen] = chosen, true
	return chosen
}

// qr returns the fictitious code in the encoding of the original.
func (a *anonymizer) qr(s string) string {
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
