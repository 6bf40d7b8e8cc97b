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

func newRedactor(tokens ...string) *redact.Redactor { return &redact.Redactor{Tokens: tokens} }

// forCode returns a Redactor for a response that is a QR code.
func forCode() *redact.Redactor { return &redact.Redactor{MayHoldQRCode: true} }

func TestText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text   string
		tokens []string
		want   string
	}{
		"empty text":                  {"", []string{"abcd"}, ""},
		"no tokens":                   {"abcd", nil, "abcd"},
		"token does not occur":        {"abc d", []string{"abcd"}, "abc d"},
		"only the token":              {"abcd", []string{"abcd"}, "[redacted]"},
		"two occurrences":             {"abcd,xabcdx", []string{"abcd"}, "[redacted],x[redacted]x"},
		"two tokens":                  {"abcd efgh", []string{"abcd", "efgh"}, "[redacted] [redacted]"},
		"token within another":        {"abcdef", []string{"abcdef", "abcd"}, "[redacted]"},
		"short tokens":                {"a cat", []string{"a", "cat"}, "a cat"},
		"empty token":                 {"text", []string{""}, "text"},
		"percent-encoded":             {"t=a%2Fb%2Bc%3D", []string{"a/b+c="}, "[redacted]"},
		"percent-encoded, lower case": {"t=a%2fb%2bc%3d", []string{"a/b+c="}, "[redacted]"},
		"percent-encoded in part":     {"/a%2Fb+c=/x", []string{"a/b+c="}, "[redacted]"},
		"JSON":                        {`"a\"b\\c"`, []string{`a"b\c`}, "[redacted]"},
		"JSON by PHP":                 {`"a\/b\"c"`, []string{`a/b"c`}, "[redacted]"},
		"JSON by Go":                  {`"a\u003cb\u003e\u0026"`, []string{"a<b>&"}, "[redacted]"},
		"HTML":                        {`a&lt;b&gt;&amp;&#34;`, []string{`a<b>&"`}, "[redacted]"},
		"HTML with &quot;":            {`a&lt;b&gt;&amp;&quot;`, []string{`a<b>&"`}, "[redacted]"},
		"HTML by PHP":                 {"a&#039;bc", []string{"a'bc"}, "[redacted]"},
		"HTML, hexadecimal":           {"a&#x27;b&#X2F;c", []string{"a'b/c"}, "[redacted]"},
		"HTML5":                       {"5&vert;ab&sol;c&plus;d", []string{"5|ab/c+d"}, "[redacted]"},
		"HTML, escaped twice":         {"a&amp;lt;b&amp;amp;c", []string{"a<b&c"}, "[redacted]"},
		"JSON by .NET":                {`ab\u002Bc\u002Fd\u0022e\u0027`, []string{`ab+c/d"e'`}, "[redacted]"},
		"JSON in JSON":                {`"{\"t\":\"ab\\\"c\\\\d\\u003ce\"}"`, []string{`ab"c\d<e`}, "[redacted]"},
		"percent-encoded twice":       {"t=ab%252Fc%252Bd%25253d", []string{"ab/c+d="}, "[redacted]"},
		"token with a percent sign":   {"ab%c ab%25c ab%2525c", []string{"ab%c"}, "[redacted]"},
		"token that looks escaped":    {"ab%2Fc ab%252Fc", []string{"ab%2Fc"}, "[redacted]"},
		"mixed escapes":               {`ab\/c%2Bd&lt;`, []string{"ab/c+d<"}, "[redacted]"},
		"only special characters":     {`x %2b%2F%3d%7e x`, []string{"+/=~"}, "[redacted]"},
		"other case":                  {"ABCD abcd", []string{"abcd"}, "ABCD [redacted]"},
		"other escaped characters":    {"ab%2Ac ab&1;c", []string{"ab/c"}, "ab%2Ac ab&1;c"},
		"long token, escaped":         {strings.Repeat(`\/`, 300), []string{strings.Repeat("/", 300)}, "[redacted]"},
		"200,000 bytes":               {strings.Repeat("/", 200_000), []string{strings.Repeat("/", 200_000)}, "[redacted]"},
		"token cut by dots":           {`"token AbCdEfGhIjKlMnOp... is bad"`, []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, `"token [redacted] is bad"`},
		"token cut, escaped":          {`ab\/cdefghijkl…<br>`, []string{"ab/cdefghijklmnopqrstuvw"}, "[redacted]"},
		"prefix of 12 bytes":          {"AbCdEfGhIjKl", []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, "[redacted]"},
		"prefix of 11 bytes":          {"AbCdEfGhIjKx", []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, "AbCdEfGhIjKx"},
		"token of 23 bytes":           {"AbCdEfGhIjKl", []string{"AbCdEfGhIjKlMnOpQrStUvW"}, "AbCdEfGhIjKl"},
		"token in a sentence":         {"token abcd is bad", []string{"abcd"}, "token [redacted] is bad"},
		"letters escaped in JSON":     {`\u0061b\u0063d`, []string{"abcd"}, "[redacted]"},
		"letters percent-encoded":     {"%61%62cd %2561bcd", []string{"abcd"}, "[redacted]"},
		"letters escaped in HTML":     {"&#97;&#x62;cd &amp;#97;bcd", []string{"abcd"}, "[redacted]"},
		"digits escaped in JSON":      {`t\u0031\u0032x`, []string{"t12x"}, "[redacted]"},
		"adjacent tokens":             {"abcdabcd", []string{"abcd"}, "[redacted][redacted]"},
		"malformed escapes":           {`a%zb \u00 &nonsense; %`, []string{"abcd"}, `a%zb \u00 &nonsense; %`},
		"only backslashes":            {`x\\\\x \`, []string{`\\\\`}, "[redacted]"},
		"non-ASCII text":              {"Äabcdİ\xffabcd", []string{"abcd"}, "Ä[redacted]İ\xff[redacted]"},
		"semicolon in HTML":           {"ab&semi;cd &semi;", []string{"ab;cd"}, "[redacted]"},
	} {
		assert.Equal(t, test.want, newRedactor(test.tokens...).Text(test.text), name)
	}
}

func TestText_hidesCodesInBodies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body string
		want string
	}{
		"code in HTML":                   {`&quot;qr&quot; 2@AbCdEfGh+IjKlMnOpRqSt,x=`, `&quot;qr&quot; [redacted]`},
		"token in HTML":                  {`<p>ab/cdef</p>`, `<p>[redacted]</p>`},
		"link":                           {`{"id":7,"qr":"https:\/\/host\/x","name":"n"}`, `{"id":7,"qr":"[redacted]","name":"n"}`},
		"object of codes":                {`{"data":{"QR":{"url":"https://host/x","code":"2"}},"id":7}`, `{"data":{"QR":[redacted]`},
		"list of codes":                  {`{"id":7,"qr_codes": ["x"]}`, `{"id":7,"qr_codes": [redacted]`},
		"qr_code":                        {`{"id":7,"qr_code":"x","qr_count":3}`, `{"id":7,"qr_code":"[redacted]","qr_count":3}`},
		"content of a code":              {`{"id":7,"code":"2@AbCd/EfGh+IjKlMnOpRq,x="}`, `{"id":7,"code":"[redacted]"}`},
		"content of a code, JSON by PHP": {`{"id":7,"code":"2@AbC\/EfGhIjKl\/MnOpRs,x="}`, `{"id":7,"code":"[redacted]"}`},
		"content of a code in a URL":     {`?code=2%40AbC%2FEfGhIjKl%2FMnOpRs%2Cx%3D&id=7`, `?code=[redacted]&id=7`},
		"names with digits":              {`{"id":7,"qr1":"x","qr_code_2":["y"]}`, `{"id":7,"qr1":"[redacted]","qr_code_2":[redacted]`},
		"email address":                  {`{"id":7,"mail":"me2@example.com"}`, `{"id":7,"mail":"me2@example.com"}`},
		"JSON in a string":               {`"{\"QR\" : \"https://host/x\"}"`, `"{\"QR\" : \"[redacted]\"}"`},
		"PNG without its first byte":     {"PNG\r\n\x1a\n\x00\x01", "[redacted]"},
		"PNG":                            {"before \x89PNG\r\n\x1a\n\x00\x01 \n after", "before [redacted]"},
	} {
		assert.Equal(t, test.want, newRedactor("ab/cdef").Text(test.body), name)
	}
}

// A long text is cut before it is searched, which limits the cost.
func TestStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, want string
		cut        bool
	}{
		"placeholder longer than the limit":    {"ab/cdef x", "[redacted", false},
		"token at the end":                     {"123 ab/cdef", "123 [reda", false},
		"token across the limit":               {"1234 ab/cdef", "1234 [red", false},
		"token after the limit":                {"123456789 ab/cdef", "123456789", false},
		"many tokens after the limit":          {"123456789" + strings.Repeat(" ab/cdef", 1_000_000), "123456789", false},
		"other word across the limit":          {"1234 abcdefghijk", "1234 abcd", false},
		"ends with 6 bytes of the token":       {"<p>ab/cde", "<p>[redac", true},
		"ends with 4 bytes":                    {"<p>ab/c", "<p>[redac", true},
		"ends with 3 bytes":                    {"<p>ab/", "<p>ab/", true},
		"ends with an escaped prefix":          {`<p>ab\/cde`, "[redacted", true},
		"ends within an escape":                {`t=ab%2Fcd%`, "[redacted", true},
		"prefix before the end":                {"ab/cd <p", "ab/cd <p", true},
		"prefix at the end of a complete text": {"<p>ab/cde", "<p>ab/cde", false},
		"prefix in a text over the limit":      {"ab/cd 1234567890", "ab/cd 123", true},
	} {
		assert.Equal(t, test.want, newRedactor("ab/cdef").Start(test.text, 9, test.cut), name)
	}
}

// Hiding tokens must not make a header larger than its limit.
func TestHeader_limitsSize(t *testing.T) {
	t.Parallel()
	redactor := newRedactor("AB-CD-EF")
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
	assert.Len(t, header, 1004, "the original was changed")
	assert.Nil(t, redactor.Header(nil))
}

func TestHeader_hidesCode(t *testing.T) {
	t.Parallel()
	header := http.Header{"Location": {"/codes/1.png"}, "X-Image": {"data:image/png;base64,AAAA"}, "X-Id": {"7"}}
	want := http.Header{"Location": {"[redacted]"}, "X-Image": {"[redacted]"}, "X-Id": {"7"}}
	assert.Equal(t, want, forCode().Header(header))
}

func TestText_hidesCode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"see https://host/x now":                    "see [redacted] now",
		"cannot draw " + strings.Repeat("Ab1+", 16): "cannot draw [redacted]",
		"no code yet":                               "no code yet",
	} {
		assert.Equal(t, want, forCode().Text(text))
	}
	assert.Equal(t, "see https://host/x now", newRedactor().Text("see https://host/x now"))
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

// FuzzText checks that a token is hidden in any text.
func FuzzText(f *testing.F) {
	f.Add("before ", " after", "5|s3cr3t/T0ken", false)
	f.Add(`{"t":"`, `\"}`, `s3cr3t\\`, true)
	f.Add("%25&amp;\\u", "%", "%2F&lt;%", false)
	f.Fuzz(func(t *testing.T, before, after, token string, code bool) {
		redactor := &redact.Redactor{Tokens: []string{token}, MayHoldQRCode: code}
		for _, r := range token {
			if r <= ' ' || r >= utf8.RuneSelf-1 {
				t.Skip("not a token")
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
