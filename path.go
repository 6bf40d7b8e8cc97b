package whatspie

import (
	"errors"
	"net/url"
	"regexp"
	"strings"
	"unicode"
)

// checkPath refuses every path that a server, or a proxy before it, could read as another endpoint. No error repeats
// the path: its query may hold a secret.
func checkPath(path string) error {
	before, query, _ := strings.Cut(path, "?")
	if !strings.HasPrefix(path, "/") {
		return errors.New("the path does not start with a slash")
	}
	if strings.Contains(path, "#") || strings.ContainsFunc(path, isUnprintable) || strings.ContainsAny(before, mustBeEscaped) {
		return errors.New("the path has a fragment or a character in it that must be escaped")
	}
	if strings.ContainsFunc(unescaped(query), unicode.IsControl) {
		return errors.New("the query has a control character in it")
	}
	plain := unescaped(before)
	if strings.ContainsFunc(plain, unicode.IsControl) {
		return errors.New("the path has a control character in it")
	}
	for segment := range strings.FieldsFuncSeq(plain, isSlash) {
		if isDotSegment(segment) {
			return errors.New("the path has a dot segment")
		}
	}
	if hasEmptySegment(plain) {
		return errors.New("the path has an empty segment")
	}
	if !strings.Contains(path, "%") {
		return nil
	}
	if _, err := url.ParseRequestURI(path); err != nil {
		return errors.New("the path has a broken escape in it")
	}
	return nil
}

func isSlash(r rune) bool { return r == '/' || r == '\\' }

// hasEmptySegment finds two slashes in a row, or one at the end, of either kind.
func hasEmptySegment(path string) bool {
	slash := false
	for _, r := range path {
		if slash && isSlash(r) {
			return true
		}
		slash = isSlash(r)
	}
	return slash
}

// mustBeEscaped are the characters that would make net/url escape the path anew, and lose an escaped slash by that.
const mustBeEscaped = "\"<>\\^`{|}"

// isDotSegment looks past parameters, which some servers cut off before they resolve dots.
func isDotSegment(segment string) bool {
	name, _, _ := strings.Cut(segment, ";")
	return name == "." || name == ".."
}

var escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// unescaped undoes percent-encoding however often it was applied, and however broken the rest is: some proxies
// decode once more than others.
func unescaped(path string) string {
	for strings.Contains(path, "%") {
		plain := escape.ReplaceAllStringFunc(path, func(code string) string {
			decoded, err := url.PathUnescape(code)
			if err != nil {
				return code
			}
			return decoded
		})
		if plain == path {
			return path
		}
		path = plain
	}
	return path
}

func isUnprintable(r rune) bool { return r <= ' ' || r > unicode.MaxASCII || r == 0x7f }
