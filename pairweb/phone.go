package pairweb

import (
	"slices"
	"strings"
)

// The shortest and longest phone number with its country code, in digits. The maximum is that of E.164.
const (
	minPhoneDigits = 5
	maxPhoneDigits = 15
)

// phoneDomains are the domains of WhatsApp addresses whose user part is a phone number.
var phoneDomains = []string{"s.whatsapp.net", "c.us"}

// formatPhone formats a phone number for reading: "+62 812-3456-7890". It returns an empty string if raw has no number.
func formatPhone(raw string) string {
	user, domain, isAddress := strings.Cut(raw, "@")
	if isAddress && !slices.Contains(phoneDomains, domain) {
		return ""
	}
	user, _, _ = strings.Cut(user, ":") // a colon is followed by the index of a linked device
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

// international replaces dialling prefixes with the country code. A number without a country code is taken for
// Indonesian, as most customers of the API are Indonesian.
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

// countryCode returns the country code of a number. In E.164, two codes have one digit, those below have two, and all
// others have three.
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

// groups splits digits into groups of two to four, the smaller ones first. Up to four digits are one group.
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
