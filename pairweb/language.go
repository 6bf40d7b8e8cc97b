package pairweb

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const defaultLanguage = "en"

// maxRanges bounds how many languages of a header are looked at.
const maxRanges = 50

var languageTag = regexp.MustCompile(`^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`)

// languages are texts by canonical tag. All their fields are set.
type languages map[string]Texts

func (l languages) add(tag string, texts Texts) {
	if !languageTag.MatchString(tag) {
		panic(fmt.Sprintf("pairweb: %q is not a language tag", tag))
	}
	tag = canonicalTag(tag)
	l[tag] = texts.orElse(l[l.lookup(tag)])
}

// lookup returns the language for a tag: its own, that of its nearest parent, or English.
func (l languages) lookup(tag string) string {
	if found := l.parent(tag); found != "" {
		return found
	}
	return defaultLanguage
}

func (l languages) parent(tag string) string {
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
		if found := l.parent(tag); found != "" {
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

// acceptedTags returns the canonical tags of the header, the preferred first.
func acceptedTags(header []string) []string {
	type language struct {
		tag     string
		quality float64
	}
	var accepted []language
	for field := range strings.SplitSeq(strings.Join(header, ","), ",") {
		tag, parameter, _ := strings.Cut(field, ";")
		if tag = strings.TrimSpace(tag); len(accepted) < maxRanges && languageTag.MatchString(tag) {
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

// quality reads a parameter such as "q=0.5". A missing one counts as 1, a broken one as 0.
func quality(parameter string) float64 {
	name, value, found := strings.Cut(strings.TrimSpace(parameter), "=")
	if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) { // NaN included
		return 0
	}
	return q
}

// retired are the codes that some systems still send for a language.
var retired = map[string]string{"in": "id", "iw": "he"}

// canonicalTag writes a tag as the registry does: language in lower case, scripts like Latn, regions like BR.
func canonicalTag(tag string) string {
	parts := strings.Split(strings.ToLower(tag), "-")
	parts[0] = cmp.Or(retired[parts[0]], parts[0])
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
	"ar": true, "ckb": true, "dv": true, "fa": true, "he": true, "ps": true, "sd": true, "ug": true, "ur": true, "yi": true,
	"Adlm": true, "Arab": true, "Hebr": true, "Nkoo": true, "Rohg": true, "Syrc": true, "Thaa": true,
}

// direction returns the text direction of a language: that of its script if the tag names one.
func direction(tag string) string {
	parts := strings.Split(tag, "-")
	writing := parts[0]
	if len(parts) > 1 && len(parts[1]) == len("Latn") {
		writing = parts[1]
	}
	if rightToLeft[writing] {
		return "rtl"
	}
	return "ltr"
}
