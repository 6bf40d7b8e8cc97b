package redact_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/whatspie-go/whatspie/internal/redact"
)

func redacting(tokens []string, code bool) *redact.Redactor {
	return &redact.Redactor{Tokens: tokens, Code: code}
}

func TestText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text   string
		tokens []string
		want   string
	}{
		"nothing":           {"", []string{"abcd"}, ""},
		"no tokens":         {"abcd", nil, "abcd"},
		"not there":         {"abc d", []string{"abcd"}, "abc d"},
		"alone":             {"abcd", []string{"abcd"}, "[redacted]"},
		"twice":             {"abcd,xabcdx", []string{"abcd"}, "[redacted],x[redacted]x"},
		"two tokens":        {"abcd efgh", []string{"abcd", "efgh"}, "[redacted] [redacted]"},
		"one in another":    {"abcdef", []string{"abcdef", "abcd"}, "[redacted]"},
		"too short":         {"a cat", []string{"a", "cat"}, "a cat"},
		"empty":             {"text", []string{""}, "text"},
		"query":             {"t=a%2Fb%2Bc%3D", []string{"a/b+c="}, "[redacted]"},
		"query, lower":      {"t=a%2fb%2bc%3d", []string{"a/b+c="}, "[redacted]"},
		"path":              {"/a%2Fb+c=/x", []string{"a/b+c="}, "[redacted]"},
		"JSON":              {`"a\"b\\c"`, []string{`a"b\c`}, "[redacted]"},
		"JSON, as PHP":      {`"a\/b\"c"`, []string{`a/b"c`}, "[redacted]"},
		"JSON, as Go":       {`"a\u003cb\u003e\u0026"`, []string{"a<b>&"}, "[redacted]"},
		"HTML":              {`a&lt;b&gt;&amp;&#34;`, []string{`a<b>&"`}, "[redacted]"},
		"HTML, quotes":      {`a&lt;b&gt;&amp;&quot;`, []string{`a<b>&"`}, "[redacted]"},
		"HTML, as PHP":      {"a&#039;bc", []string{"a'bc"}, "[redacted]"},
		"HTML, hex":         {"a&#x27;b&#X2F;c", []string{"a'b/c"}, "[redacted]"},
		"HTML5":             {"5&vert;ab&sol;c&plus;d", []string{"5|ab/c+d"}, "[redacted]"},
		"HTML, twice":       {"a&amp;lt;b&amp;amp;c", []string{"a<b&c"}, "[redacted]"},
		"JSON, as .NET":     {`ab\u002Bc\u002Fd\u0022e\u0027`, []string{`ab+c/d"e'`}, "[redacted]"},
		"JSON in JSON":      {`"{\"t\":\"ab\\\"c\\\\d\\u003ce\"}"`, []string{`ab"c\d<e`}, "[redacted]"},
		"query, twice":      {"t=ab%252Fc%252Bd%25253d", []string{"ab/c+d="}, "[redacted]"},
		"a percent sign":    {"ab%c ab%25c ab%2525c", []string{"ab%c"}, "[redacted]"},
		"an escape itself":  {"ab%2Fc ab%252Fc", []string{"ab%2Fc"}, "[redacted]"},
		"mixed":             {`ab\/c%2Bd&lt;`, []string{"ab/c+d<"}, "[redacted]"},
		"all special":       {`x %2b%2F%3d%7e x`, []string{"+/=~"}, "[redacted]"},
		"another case":      {"ABCD abcd", []string{"abcd"}, "ABCD [redacted]"},
		"another escape":    {"ab%2Ac ab&1;c", []string{"ab/c"}, "ab%2Ac ab&1;c"},
		"long":              {strings.Repeat(`\/`, 300), []string{strings.Repeat("/", 300)}, "[redacted]"},
		"beyond patterns":   {strings.Repeat("/", 200_000), []string{strings.Repeat("/", 200_000)}, "[redacted]"},
		"cut in a sentence": {`"token AbCdEfGhIjKlMnOp... is bad"`, []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, `"token [redacted] is bad"`},
		"cut, escaped":      {`ab\/cdefghijkl…<br>`, []string{"ab/cdefghijklmnopqrstuvw"}, "[redacted]"},
		"a start, just":     {"AbCdEfGhIjKl", []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, "[redacted]"},
		"a start too short": {"AbCdEfGhIjKx", []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, "AbCdEfGhIjKx"},
		"a token too short": {"AbCdEfGhIjKl", []string{"AbCdEfGhIjKlMnOpQrStUvW"}, "AbCdEfGhIjKl"},
		"a whole sentence":  {"token abcd is bad", []string{"abcd"}, "token [redacted] is bad"},
		"letters as JSON":   {`\u0061b\u0063d`, []string{"abcd"}, "[redacted]"},
		"letters in a URL":  {"%61%62cd %2561bcd", []string{"abcd"}, "[redacted]"},
		"letters as HTML":   {"&#97;&#x62;cd &amp;#97;bcd", []string{"abcd"}, "[redacted]"},
		"digits escaped":    {`t\u0031\u0032x`, []string{"t12x"}, "[redacted]"},
		"one after another": {"abcdabcd", []string{"abcd"}, "[redacted][redacted]"},
		"no escapes":        {`a%zb \u00 &nonsense; %`, []string{"abcd"}, `a%zb \u00 &nonsense; %`},
		"only backslashes":  {`x\\\\x \`, []string{`\\\\`}, "[redacted]"},
		"not ASCII":         {"Äabcdİ\xffabcd", []string{"abcd"}, "Ä[redacted]İ\xff[redacted]"},
		"a semicolon":       {"ab&semi;cd &semi;", []string{"ab;cd"}, "[redacted]"},
	} {
		assert.Equal(t, test.want, redacting(test.tokens, false).Text(test.text), name)
	}
}

func TestText_of_a_body(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want string
	}{
		"a code in HTML":             {`&quot;qr&quot; 2@AbCdEfGh+IjKlMnOpRqSt,x=`, `&quot;qr&quot; [redacted]`},
		"whole":                      {`<p>ab/cdef</p>`, `<p>[redacted]</p>`},
		"a link":                     {`{"id":7,"qr":"https:\/\/host\/x","name":"n"}`, `{"id":7,"qr":"[redacted]","name":"n"}`},
		"codes in an object":         {`{"data":{"QR":{"url":"https://host/x","code":"2"}},"id":7}`, `{"data":{"QR":[redacted]`},
		"codes in a list":            {`{"id":7,"qr_codes": ["x"]}`, `{"id":7,"qr_codes": [redacted]`},
		"another name":               {`{"id":7,"qr_code":"x","qr_count":3}`, `{"id":7,"qr_code":"[redacted]","qr_count":3}`},
		"what a code says":           {`{"id":7,"code":"2@AbCd/EfGh+IjKlMnOpRq,x="}`, `{"id":7,"code":"[redacted]"}`},
		"what a code says, as PHP":   {`{"id":7,"code":"2@AbC\/EfGhIjKl\/MnOpRs,x="}`, `{"id":7,"code":"[redacted]"}`},
		"what a code says, in a URL": {`?code=2%40AbC%2FEfGhIjKl%2FMnOpRs%2Cx%3D&id=7`, `?code=[redacted]&id=7`},
		"a name with a number":       {`{"id":7,"qr1":"x","qr_code_2":["y"]}`, `{"id":7,"qr1":"[redacted]","qr_code_2":[redacted]`},
		"an address":                 {`{"id":7,"mail":"me2@example.com"}`, `{"id":7,"mail":"me2@example.com"}`},
		"a link in a text":           {`"{\"QR\" : \"https://host/x\"}"`, `"{\"QR\" : \"[redacted]\"}"`},
		"a picture's rest":           {"PNG\r\n\x1a\n\x00\x01", "[redacted]"},
		"a picture":                  {"before \x89PNG\r\n\x1a\n\x00\x01 \n after", "before [redacted]"},
	} {
		assert.Equal(t, test.want, redacting([]string{"ab/cdef"}, false).Text(test.body), name)
	}
}

// A long text is cut before the search, which bounds its cost.
func TestStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, want string
		cut        bool
	}{
		"short":               {"ab/cdef x", "[redacted", false}, // whatever fits
		"at the end":          {"123 ab/cdef", "123 [reda", false},
		"half at the end":     {"1234 ab/cdef", "1234 [red", false},
		"behind the end":      {"123456789 ab/cdef", "123456789", false},
		"far behind it":       {"123456789" + strings.Repeat(" ab/cdef", 1_000_000), "123456789", false},
		"a word":              {"1234 abcdefghijk", "1234 abcd", false},
		"cut":                 {"<p>ab/cde", "<p>[redac", true},
		"cut early":           {"<p>ab/c", "<p>[redac", true},
		"too early":           {"<p>ab/", "<p>ab/", true},
		"cut, escaped":        {`<p>ab\/cde`, "[redacted", true},
		"cut in an escape":    {`t=ab%2Fcd%`, "[redacted", true},
		"cut elsewhere":       {"ab/cd <p", "ab/cd <p", true},
		"not cut, but begun":  {"<p>ab/cde", "<p>ab/cde", false},
		"cut within the text": {"ab/cd 1234567890", "ab/cd 123", true},
	} {
		assert.Equal(t, test.want, redacting([]string{"ab/cdef"}, false).Start(test.text, 9, test.cut), name)
	}
}

// A header may hold a token ten thousand times.
func TestHeader_is_bounded(t *testing.T) {
	t.Parallel()
	redactor := redacting([]string{"AB-CD-EF"}, false)
	header := http.Header{"X-Request-Id": {"7"}, "X-Long": {strings.Repeat("x", 100<<10)}, "Set-Cookie": {strings.Repeat("x", 1<<20), "x"}, "AB-CD-EF": {"x"}}
	for range 20 {
		header.Add("Set-Cookie", strings.Repeat("x", redact.MaxText))
	}
	assert.Equal(t, http.Header{"X-Request-Id": {"7"}, "X-Long": {strings.Repeat("x", redact.MaxText)}}, redactor.Header(header))
	for i := range 1000 {
		header["Y"+strconv.Itoa(i)] = slices.Repeat([]string{"AB-CD-EF"}, 100)
	}
	hidden := redactor.Header(header)
	assert.Greater(t, len(hidden), 50)
	assert.Less(t, len(hidden), 100)
	assert.Len(t, header, 1004, "the answer's own is left alone")
	assert.Nil(t, redactor.Header(nil))
}

func TestHeader_of_a_code(t *testing.T) {
	t.Parallel()
	header := http.Header{"Location": {"/codes/1.png"}, "X-Image": {"data:image/png;base64,AAAA"}, "X-Id": {"7"}}
	want := http.Header{"Location": {"[redacted]"}, "X-Image": {"[redacted]"}, "X-Id": {"7"}}
	assert.Equal(t, want, redacting(nil, true).Header(header))
}

func TestText_of_a_code(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"see https://host/x now":                    "see [redacted] now",
		"cannot draw " + strings.Repeat("Ab1+", 16): "cannot draw [redacted]",
		"no code yet":                               "no code yet",
	} {
		assert.Equal(t, want, redacting(nil, true).Text(text))
	}
	assert.Equal(t, "see https://host/x now", redacting(nil, false).Text("see https://host/x now"))
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                       "",
		"\ta\r\n b\u2028c\x00":   "a b c",
		"\x1b[31mred":            "[31mred",
		"a\u202eb":               "a b",
		"\xff":                   "\ufffd",
		strings.Repeat("ä", 300): strings.Repeat("ä", 300),
		strings.Repeat("ä", 301): strings.Repeat("ä", 300) + "…",
	} {
		assert.Equal(t, want, redact.OneLine(text), "%q", text)
	}
}

// A verbatim token is hidden in any context, without a panic.
func FuzzText(f *testing.F) {
	f.Add("before ", " after", "5|s3cr3t/T0ken", false)
	f.Add(`{"t":"`, `\"}`, `s3cr3t\\`, true)
	f.Add("%25&amp;\\u", "%", "%2F&lt;%", false)
	f.Fuzz(func(t *testing.T, before, after, token string, code bool) {
		redactor := redacting([]string{token}, code)
		for _, r := range token {
			if r <= ' ' || r >= utf8.RuneSelf-1 {
				t.Skip("no token")
			}
		}
		text := redactor.Text(before + token + after)
		redactor.Start(before+token+after, len(before)+1, true)
		if len(token) >= 4 && !strings.Contains("[redacted]"+before+after, token) && strings.Contains(text, token) &&
			!strings.Contains(before+"[redacted]"+after, token) {
			t.Errorf("%q shows %q", text, token)
		}
	})
}
