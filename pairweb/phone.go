package pairweb

import (
	"slices"
	"strings"
)

// The lengths of a phone number with its country code, in digits. The longest is E.164's.
const (
	minPhoneDigits = 5
	maxPhoneDigits = 15
)

// Domains of WhatsApp addresses that begin with a phone number.
var phoneDomains = []string{"s.whatsapp.net", "c.us"}

// formatPhone writes a phone number as people read it: "+62 812-3456-7890". It is empty if there is no number.
func formatPhone(raw string) string {
	user, domain, isAddress := strings.Cut(raw, "@")
	if isAddress && !slices.Contains(phoneDomains, domain) {
		return ""
	}
	user, _, _ = strings.Cut(user, ":") // the number of a linked device
	digits := international(onlyDigits(user))
	if len(digits) < minPhoneDigits || len(digits) > maxPhoneDigits || digits[0] == '0' {
		return ""
	}
	country := countryCode(digits)
	national := digits[len(country):]
	separator := " "
	if country == "1" || country == "62" && national[0] == '8' {
		separator = "-"
	}
	return "+" + country + " " + strings.Join(groups(national), separator)
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// international replaces what people dial before a number. A number without a country code is taken for Indonesian,
// the country of the API.
func international(digits string) string {
	switch {
	case strings.HasPrefix(digits, "00"):
		return digits[2:]
	case strings.HasPrefix(digits, "0"):
		return "62" + digits[1:]
	case strings.HasPrefix(digits, "6208"):
		return "62" + digits[3:]
	default:
		return digits
	}
}

// countryCode returns the country code that a number begins with: E.164 has two of one digit, those below of two
// digits, and all others have three.
func countryCode(digits string) string {
	const twoDigits = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
		"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"
	switch {
	case digits[0] == '1', digits[0] == '7':
		return digits[:1]
	case strings.Contains(twoDigits, digits[:2]):
		return digits[:2]
	default:
		return digits[:3]
	}
}

// groups splits digits into groups of three and four, the fours last.
func groups(digits string) []string {
	const small, large = 3, 4
	var all []string
	for len(digits) > large {
		size := small
		if len(digits) == 2*large {
			size = large
		}
		if len(digits) == small+2 {
			size = 2
		}
		all = append(all, digits[:size])
		digits = digits[size:]
	}
	return append(all, digits)
}
