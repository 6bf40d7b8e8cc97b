package pairweb_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/pairweb"
)

func TestLanguage_isSelectedByHeader(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{}, pairweb.WithTexts(map[string]pairweb.Texts{
		"pt-br": {Heading: "Conectar o WhatsApp"},
		"he":    {Heading: "חיבור WhatsApp"},
	}))
	tests := map[string]string{
		"":                               "en",
		"id":                             "id",
		"id-ID,id;q=0.9,en-US;q=0.8":     "id",
		"en-GB,id;q=0.9":                 "en",
		"id;q=0.5, en;q=0.7":             "en",
		"id;q=0,fr":                      "en",
		"fr, id;q=0.1":                   "id",
		"IN-id":                          "id", // the former code of Indonesian, which old Android versions send
		"iw":                             "he",
		"pt":                             "pt-BR",
		"pt-PT, id;q=0.5":                "id",
		"PT_BR, pt-Br-x-informal; Q=0.3": "pt-BR",
		"*":                              "en",
		"id;q=2":                         "en",
		"id;q=NaN":                       "en",
		"id;level=1":                     "id",
		strings.Repeat("xx,", 60) + "id": "en",
		";;,=,--,\x00,\"><script>":       "en",
	}
	for header, want := range tests {
		response := get(t, h.handler, http.MethodGet, "/", "Accept-Language", header)
		assert.Contains(t, response.Body.String(), `<html lang="`+want+`"`, header)
		assert.Equal(t, want, response.Header().Get("Content-Language"), header)
		assert.Equal(t, "Accept-Language", response.Header().Get("Vary"), header)
	}
}

func TestLanguage_direction(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"de": "ltr", "ar": "rtl", "ar-EG": "rtl", "fa": "rtl", "ur-PK": "rtl", "ckb": "rtl",
		"az-Arab": "rtl", "ks-arab-IN": "rtl", "ar-Latn": "ltr", "uz-UZ": "ltr",
	}
	for tag, want := range tests {
		h := newFixture(t, whatspie.Device{}, pairweb.WithTexts(map[string]pairweb.Texts{tag: {Heading: "x"}}))
		response := get(t, h.handler, http.MethodGet, "/", "Accept-Language", tag)
		assert.Contains(t, response.Body.String(), `dir="`+want+`"`, tag)
	}
}

// An empty field is taken from the parent language, then from English. Built-in languages keep their other fields.
func TestWithTexts_emptyFields(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{},
		pairweb.WithTexts(map[string]pairweb.Texts{
			"de-AT": {Scan: pairweb.Notice{Text: "Er wird rechtzeitig ersetzt."}},
			"de":    {Heading: "WhatsApp verbinden", Steps: []string{"Öffne *WhatsApp*"}},
			"id":    {Heading: "Sambungkan"},
		}),
		pairweb.WithTexts(map[string]pairweb.Texts{"id": {TryAgain: "Ulangi"}}))
	tests := map[string][]string{
		"de-AT": {">WhatsApp verbinden<", "<li>Öffne <b>WhatsApp</b></li>", ">Try again<"},
		"id":    {">Sambungkan<", ">Ulangi<", ">Di ponsel<", "Buka <b>WhatsApp</b>"},
		"en":    {">Connect WhatsApp<", ">Try again<"},
	}
	for tag, texts := range tests {
		page := get(t, h.handler, http.MethodGet, "/", "Accept-Language", tag).Body.String()
		for _, text := range texts {
			assert.Contains(t, page, text, tag)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{}, pairweb.WithTexts(map[string]pairweb.Texts{
			"de": {Scan: pairweb.Notice{Text: "Er wird rechtzeitig ersetzt."}},
		}))
		german := h.open(t, "/events", "Accept-Language", "de")
		assert.Equal(t, "Scan this code", german.latest().Title)
		assert.Equal(t, "Er wird rechtzeitig ersetzt.", german.latest().Text)
		german.close()
	})
}

// Neither the order of the options nor the case of the tags decides which texts a language inherits.
func TestWithTexts_anyOrder(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{},
		pairweb.WithTexts(map[string]pairweb.Texts{"DE-at": {TryAgain: "Nochmals"}, "fr": {TryAgain: "Réessayer"}}),
		pairweb.WithTexts(map[string]pairweb.Texts{"de": {Heading: "WhatsApp verbinden"}}),
		pairweb.WithTexts(map[string]pairweb.Texts{"en": {Heading: "Link WhatsApp"}}))
	headings := map[string]string{"de-AT": "WhatsApp verbinden", "fr": "Link WhatsApp", "en": "Link WhatsApp"}
	for tag, heading := range headings {
		page := get(t, h.handler, http.MethodGet, "/", "Accept-Language", tag).Body.String()
		assert.Contains(t, page, ">"+heading+"<", tag)
	}
}

func TestWithTexts_invalidTag(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"", "d", "de_DE", `de"><script>`, "de--AT", "x y"} {
		assert.PanicsWithValue(t, `pairweb: WithTexts: `+strconv.Quote(tag)+` is not a language tag`, func() {
			pairweb.WithTexts(map[string]pairweb.Texts{tag: {}})
		}, tag)
	}
}

func TestWithTexts_builtIn(t *testing.T) {
	t.Parallel()
	h := newFixture(t, whatspie.Device{})
	english := get(t, h.handler, http.MethodGet, "/").Body.String()
	indonesian := get(t, h.handler, http.MethodGet, "/", "Accept-Language", "id").Body.String()
	for _, text := range []string{"Connect WhatsApp", "On the phone", "Try again", "Reconnecting", "JavaScript to show"} {
		assert.Contains(t, english, text)
		assert.NotContains(t, indonesian, text)
	}
	denied := pairweb.NewHandler(h.Client(), deny)
	assert.Contains(t, get(t, denied, http.MethodGet, "/", "Accept-Language", "id").Body.String(), "Tidak ada akses")
}

// Tabs in different languages share one pairing.
func TestPairing_isSharedByLanguages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newFixture(t, whatspie.Device{})
		english := h.open(t, "/events")
		indonesian := h.open(t, "/events", "Accept-Language", "id")
		require.Equal(t, "code", english.latest().Kind)
		assert.Equal(t, "Scan this code", english.latest().Title)
		assert.Equal(t, "Pindai kode ini", indonesian.latest().Title)
		assert.Equal(t, english.latest().Image, indonesian.latest().Image)
		assert.Equal(t, 1, h.count("/devices/1/qr"))
		english.close()
		indonesian.close()
	})
}
