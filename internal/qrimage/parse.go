package qrimage

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"unicode"
)

// ErrEmpty means that there is no code.
var ErrEmpty = errors.New("empty")

// maxText is the maximum length in bytes, far above the largest QR code in a large image.
const maxText = 16 << 20

// Parse returns the PNG file or the https link that a server sent as text; the other one is empty. Servers send an
// image as a data URI or as bare base64, sometimes quoted or percent-encoded. No error contains the text.
func Parse(s string) (png, link string, err error) {
	if len(s) > maxText {
		return "", "", ErrTooLarge
	}
	s = unwrap(s)
	switch {
	case s == "":
		return "", "", ErrEmpty
	case hasPrefixFold(s, "https:"):
		link, err = parseLink(s)
	case hasPrefixFold(s, "http:"):
		err = errors.New("the link is not https")
	case strings.HasPrefix(s, "<"):
		png, err = parseFile([]byte(s))
	case hasPrefixFold(s, "data:image/svg"):
		err = ErrSVG
	case hasPrefixFold(s, "data:"):
		err = errors.New("the data URI is not base64")
	default:
		png, err = parseBase64(s)
	}
	return png, link, err
}

// unwrap removes quotes, percent-encoding and the header of a data URI. Some servers apply one of them twice.
func unwrap(s string) string {
	const maxLayers = 8
	for range maxLayers {
		s = strings.TrimSpace(s)
		header, payload, hasHeader := strings.Cut(s, ",")
		switch {
		case hasPrefixFold(s, "https:"):
			return s
		case len(s) >= 2 && s[0] == s[len(s)-1] && strings.IndexByte("\"'`", s[0]) >= 0:
			s = unquote(s)
		case hasHeader && hasSuffixFold(strings.TrimSpace(header), "base64"):
			s = payload
		case strings.Contains(s, "%"):
			unescaped, err := url.PathUnescape(s)
			if err != nil {
				return s
			}
			s = unescaped
		default:
			return s
		}
	}
	return s
}

// unquote also decodes JSON escapes, because some servers encode a JSON string twice.
func unquote(s string) string {
	var unescaped string
	if json.Unmarshal([]byte(s), &unescaped) == nil {
		return unescaped
	}
	return s[1 : len(s)-1]
}

func parseLink(s string) (string, error) {
	link, err := url.Parse(s)
	if err != nil || link.Host == "" {
		return "", errors.New("the link cannot be parsed")
	}
	return link.String(), nil
}

// parseBase64 decodes an image. A space may be white space or a plus sign that was lost in URL decoding, so it tries
// both interpretations, and accepts the one that yields an image. It fails if two of them yield different images.
func parseBase64(s string) (string, error) {
	png, err := decodeBase64(s)
	if !strings.Contains(s, " ") {
		return png, err
	}
	for _, repaired := range []string{strings.ReplaceAll(s, " ", "+"), plusWithinLines(s)} {
		other, otherErr := decodeBase64(repaired)
		switch {
		case otherErr != nil:
		case err != nil:
			png, err = other, nil
		case png != other:
			return "", ErrDamaged
		}
	}
	return png, err
}

// plusWithinLines removes spaces next to line breaks as indentation, and turns the others into plus signs.
func plusWithinLines(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString(strings.ReplaceAll(strings.TrimSpace(line), " ", "+"))
	}
	return b.String()
}

// decodeBase64 accepts the standard and the URL-safe alphabet, with white space anywhere.
func decodeBase64(s string) (string, error) {
	file, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		file, err = base64.RawStdEncoding.DecodeString(strings.TrimRight(standardBase64(s), "="))
	}
	if err != nil {
		return "", ErrFormat
	}
	return parseFile(file)
}

func standardBase64(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return -1
		case r == '-':
			return '+'
		case r == '_':
			return '/'
		default:
			return r
		}
	}, s)
}

func parseFile(file []byte) (string, error) {
	png, err := ToPNG(file)
	return string(png), err
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func hasSuffixFold(s, suffix string) bool {
	return len(s) >= len(suffix) && strings.EqualFold(s[len(s)-len(suffix):], suffix)
}
