package pairweb

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const defaultLanguage = "en"

// maxAcceptedTags limits how many tags of an Accept-Language header are read.
const maxAcceptedTags = 50

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// languages are the texts of the page by canonical language tag. All fields of the texts are set.
type languages map[string]Texts

// newLanguages returns the built-in languages, changed and extended by texts.
func newLanguages(texts map[string]Texts) languages {
	l := languages{"en": texts["en"].withDefaults(english), "id": indonesian}
	for _, tag := range slices.Sorted(maps.Keys(texts)) { // "pt" before "pt-BR"
		l[tag] = texts[tag].withDefaults(l[cmp.Or(l.find(tag), defaultLanguage)])
	}
	return l
}

// find returns the tag itself or that of its nearest parent, whichever is a language of l; it is empty if neither is.
func (l languages) find(tag string) string {
	for tag != "" {
		if _, ok := l[tag]; ok {
			return tag
		}
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	return ""
}

// match returns the language for the values of an Accept-Language header.
func (l languages) match(header []string) string {
	for _, tag := range acceptedTags(header) {
		if found := l.find(tag); found != "" {
			return found
		}
		for _, offered := range slices.Sorted(maps.Keys(l)) { // "pt" accepts "pt-BR"
			if strings.HasPrefix(offered, tag+"-") {
				return offered
			}
		}
	}
	return defaultLanguage
}

// acceptedTags returns the canonical tags of the header, in order of preference.
func acceptedTags(header []string) []string {
	type language struct {
		tag     string
		quality float64
	}
	var accepted []language
	for item := range strings.SplitSeq(strings.Join(header, ","), ",") {
		tag, parameter, _ := strings.Cut(item, ";")
		if tag = strings.TrimSpace(tag); len(accepted) < maxAcceptedTags && languageTag.MatchString(tag) {
			accepted = append(accepted, language{canonicalTag(tag), quality(parameter)})
		}
	}
	slices.SortStableFunc(accepted, func(a, b language) int { return cmp.Compare(b.quality, a.quality) })
	var tags []string
	for _, a := range accepted {
		if a.quality > 0 {
			tags = append(tags, a.tag)
		}
	}
	return tags
}

// quality parses a parameter such as "q=0.5". A missing one counts as 1, a malformed one as 0.
func quality(parameter string) float64 {
	name, value, found := strings.Cut(strings.TrimSpace(parameter), "=")
	if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) { // also rejects NaN
		return 0
	}
	return q
}

// retiredCodes are former language codes that some systems still send.
var retiredCodes = map[string]string{"in": "id", "iw": "he"}

// canonicalTag returns a tag in canonical case, such as "az-Latn-AZ", with the current code of the language.
func canonicalTag(tag string) string {
	parts := strings.Split(strings.ToLower(tag), "-")
	parts[0] = cmp.Or(retiredCodes[parts[0]], parts[0])
	for i, part := range parts[1:] {
		switch len(part) {
		case len("BR"):
			parts[i+1] = strings.ToUpper(part)
		case len("Latn"):
			parts[i+1] = strings.ToUpper(part[:1]) + part[1:]
		}
	}
	return strings.Join(parts, "-")
}

// rightToLeft are the languages and scripts that are written from right to left.
var rightToLeft = map[string]bool{
	"ar": true, "ckb": true, "dv": true, "fa": true, "he": true, "ps": true, "sd": true, "ug": true, "ur": true,
	"yi":   true,
	"Adlm": true, "Arab": true, "Hebr": true, "Nkoo": true, "Rohg": true, "Syrc": true, "Thaa": true,
}

// direction returns the text direction of a language: that of its script if the tag names one.
func direction(tag string) string {
	parts := strings.Split(tag, "-")
	languageOrScript := parts[0]
	if len(parts) > 1 && len(parts[1]) == len("Latn") {
		languageOrScript = parts[1]
	}
	if rightToLeft[languageOrScript] {
		return "rtl"
	}
	return "ltr"
}
