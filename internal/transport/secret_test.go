package transport_test

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/transport"
)

func TestRedact(t *testing.T) {
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
		"query":             {"t=a%2Fb%2Bc%3D", []string{"a/b+c="}, "t=[redacted]"},
		"query, lower":      {"t=a%2fb%2bc%3d", []string{"a/b+c="}, "t=[redacted]"},
		"path":              {"/a%2Fb+c=/x", []string{"a/b+c="}, "/[redacted]/x"},
		"JSON":              {`"a\"b\\c"`, []string{`a"b\c`}, `"[redacted]"`},
		"JSON, as PHP":      {`"a\/b\"c"`, []string{`a/b"c`}, `"[redacted]"`},
		"JSON, as Go":       {`"a\u003cb\u003e\u0026"`, []string{"a<b>&"}, `"[redacted]"`},
		"HTML":              {`a&lt;b&gt;&amp;&#34;`, []string{`a<b>&"`}, "[redacted]"},
		"HTML, quotes":      {`a&lt;b&gt;&amp;&quot;`, []string{`a<b>&"`}, "[redacted]"},
		"HTML, as PHP":      {"a&#039;bc", []string{"a'bc"}, "[redacted]"},
		"HTML, hex":         {"a&#x27;b&#X2F;c", []string{"a'b/c"}, "[redacted]"},
		"HTML5":             {"5&vert;ab&sol;c&plus;d", []string{"5|ab/c+d"}, "[redacted]"},
		"HTML, twice":       {"a&amp;lt;b&amp;amp;c", []string{"a<b&c"}, "[redacted]"},
		"JSON, as .NET":     {`ab\u002Bc\u002Fd\u0022e\u0027`, []string{`ab+c/d"e'`}, "[redacted]"},
		"JSON in JSON":      {`"{\"t\":\"ab\\\"c\\\\d\\u003ce\"}"`, []string{`ab"c\d<e`}, `"{\"t\":\"[redacted]\"}"`},
		"query, twice":      {"t=ab%252Fc%252Bd%25253d", []string{"ab/c+d="}, "t=[redacted]"},
		"a percent sign":    {"ab%c ab%25c ab%2525c", []string{"ab%c"}, "[redacted] [redacted] [redacted]"},
		"an escape itself":  {"ab%2Fc ab%252Fc", []string{"ab%2Fc"}, "[redacted] [redacted]"},
		"mixed":             {`ab\/c%2Bd&lt;`, []string{"ab/c+d<"}, "[redacted]"},
		"all special":       {`x %2b%2F%3d%7e x`, []string{"+/=~"}, "x [redacted] x"},
		"another case":      {"ABCD abcD", []string{"abcd"}, "[redacted] [redacted]"},
		"another escape":    {"ab%2Ac ab&1;c", []string{"ab/c"}, "ab%2Ac ab&1;c"},
		"long":              {strings.Repeat(`\/`, 300), []string{strings.Repeat("/", 300)}, "[redacted]"},
		"beyond patterns":   {strings.Repeat("/", 200_000), []string{strings.Repeat("/", 200_000)}, "[redacted]"},
		"cut in a sentence": {`"token AbCdEfGhIjKlMnOp... is bad"`, []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, `"token [redacted] is bad"`},
		"cut, escaped":      {`ab\/cdefghijkl…<br>`, []string{"ab/cdefghijklmnopqrstuvw"}, `[redacted]<br>`},
		"a start, just":     {"AbCdEfGhIjKl", []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, "[redacted]"},
		"a start too short": {"AbCdEfGhIjKx", []string{"AbCdEfGhIjKlMnOpQrStUvWx"}, "AbCdEfGhIjKx"},
		"a token too short": {"AbCdEfGhIjKl", []string{"AbCdEfGhIjKlMnOpQrStUvW"}, "AbCdEfGhIjKl"},
		"a whole sentence":  {"token abcd is bad", []string{"abcd"}, "token [redacted] is bad"},
	} {
		result := transport.Result{Tokens: test.tokens}
		assert.Equal(t, test.want, result.Hide(test.text), name)
	}
}

func TestCheckToken(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "5|abc", "eyJh.bGci-_/+=~", `"<>&\`, strings.Repeat("x", 10_000)} {
		require.NoError(t, transport.CheckToken(good), good)
	}
	for _, bad := range []string{"", " ", "\n", "abc\n", "a b", "a\x00b", "ä", "\xff", "a\u2028"} {
		err := transport.CheckToken(bad)
		require.Error(t, err, "%q", bad)
		assert.Equal(t, strings.TrimSpace(bad) == "", errors.Is(err, transport.ErrNoToken), "%q", bad)
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header http.Header
		want   string
	}{
		"none":        {nil, ""},
		"first":       {http.Header{"X-Request-Id": {"a"}, "Request-Id": {"b"}, "X-Correlation-Id": {"c"}, "Cf-Ray": {"d"}}, "a"},
		"second":      {http.Header{"X-Request-Id": {" "}, "Request-Id": {"b"}, "Cf-Ray": {"d"}}, "b"},
		"third":       {http.Header{"X-Correlation-Id": {"c"}, "Cf-Ray": {"d"}}, "c"},
		"last":        {http.Header{"Cf-Ray": {"d"}}, "d"},
		"cleaned":     {http.Header{"Cf-Ray": {" a\tb\u0085cü\x7f "}}, "abc"},
		"bounded":     {http.Header{"Cf-Ray": {strings.Repeat("x", 200)}}, strings.Repeat("x", 128)},
		"an echo":     {http.Header{"Cf-Ray": {"id-s3cr3t"}}, "id-[redacted]"},
		"a split one": {http.Header{"Cf-Ray": {"s3c r3t"}}, "[redacted]"},
		"a QR code":   {http.Header{"Cf-Ray": {"r-iVBORw0KGgoAAAANSUhEUg"}}, "r-[redacted]"},
		"at the cut":  {http.Header{"Cf-Ray": {strings.Repeat("x", 126) + "s3cr3t"}}, strings.Repeat("x", 126) + "[r"},
	} {
		result := transport.Result{Attempt: transport.Attempt{Header: test.header}, Tokens: []string{"s3cr3t"}}
		assert.Equal(t, test.want, result.RequestID(), name)
	}
}

func TestHiddenBody(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body    string
		partial bool
		want    string
	}{
		"whole":                      {`<p>ab/cdef</p>`, false, `<p>[redacted]</p>`},
		"whole, and begun anew":      {`ab/cdef ab/cde`, false, `[redacted] ab/cde`},
		"cut":                        {`<p>ab/cde`, true, `<p>[redacted]`},
		"cut, escaped":               {`{"t":"ab\/cde`, true, `{"t":"[redacted]`},
		"cut within an escape":       {`t=ab%2Fcd%`, true, `t=[redacted]`},
		"cut elsewhere":              {`<p>ab/cde</p> <p`, true, `<p>ab/cde</p> <p`},
		"a link":                     {`{"id":7,"qr":"https:\/\/host\/x","name":"n"}`, false, `{"id":7,"qr":"[redacted]","name":"n"}`},
		"codes in an object":         {`{"data":{"QR":{"url":"https://host/x","code":"2"}},"id":7}`, false, `{"data":{"QR":[redacted]`},
		"codes in a list":            {`{"id":7,"qr_codes": ["x"]}`, false, `{"id":7,"qr_codes": [redacted]`},
		"another name":               {`{"id":7,"qr_code":"x","qr_count":3}`, false, `{"id":7,"qr_code":"[redacted]","qr_count":3}`},
		"what a code says":           {`{"id":7,"code":"2@AbCd/EfGh+IjKlMnOpRq,x="}`, false, `{"id":7,"code":"[redacted]"}`},
		"what a code says, as PHP":   {`{"id":7,"code":"2@AbC\/EfGhIjKl\/MnOpRs,x="}`, false, `{"id":7,"code":"[redacted]"}`},
		"what a code says, in a URL": {`?code=2%40AbC%2FEfGhIjKl%2FMnOpRs%2Cx%3D&id=7`, false, `?code=[redacted]&id=7`},
		"a name with a number":       {`{"id":7,"qr1":"x","qr_code_2":["y"]}`, false, `{"id":7,"qr1":"[redacted]","qr_code_2":[redacted]`},
		"an address":                 {`{"id":7,"mail":"me2@example.com"}`, false, `{"id":7,"mail":"me2@example.com"}`},
		"a link in a text":           {`"{\"QR\" : \"https://host/x\"}"`, false, `"{\"QR\" : \"[redacted]\"}"`},
		"a picture's rest":           {"PNG\r\n\x1a\n\x00\x01", false, "[redacted]"},
		"a picture":                  {"before \x89PNG\r\n\x1a\n\x00\x01 \n after", false, "before [redacted]"},
	} {
		result := transport.Result{Attempt: transport.Attempt{Body: []byte(test.body), Partial: test.partial}, Tokens: []string{"ab/cdef"}}
		assert.Equal(t, test.want, result.HiddenBody(4<<10), name)
	}
}

// A long text is cut before it is searched, so that a server cannot make that dear; what lies at the cut may be a half.
func TestHiddenStart(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text, want string
		credential bool
	}{
		"short":             {"ab/cdef x", "[redacted", false}, // as much as there is room for
		"at the end":        {"123 ab/cdef", "123 [reda", false},
		"half at the cut":   {"1234 ab/cdef", "1234 [red", false},
		"behind the cut":    {"123456789 ab/cdef", "123456789", false},
		"a code at the cut": {"1234 abcdefghijk", "1234 [red", true},
		"a word at the cut": {"1234 abcdefghijk", "1234 abcd", false},
	} {
		result := transport.Result{Credential: test.credential, Tokens: []string{"ab/cdef"}}
		assert.Equal(t, test.want, result.HiddenStart(test.text, 9), name)
	}
}

// A header may hold a token ten thousand times.
func TestHiddenHeaderIsBounded(t *testing.T) {
	t.Parallel()
	result := transport.Result{Tokens: []string{"ab-cd-ef"}}
	result.Header = http.Header{"X-Request-Id": {"7"}, "X-Long": {strings.Repeat("x", 100<<10)}, "Set-Cookie": {strings.Repeat("x", 1<<20), "x"}, "AB-CD-EF": {"x"}}
	for range 20 {
		result.Header.Add("Set-Cookie", strings.Repeat("x", transport.MaxText))
	}
	assert.Equal(t, http.Header{"X-Request-Id": {"7"}, "X-Long": {strings.Repeat("x", transport.MaxText)}}, result.HiddenHeader())
	for i := range 1000 {
		result.Header["Y"+strconv.Itoa(i)] = slices.Repeat([]string{"ab-cd-ef"}, 100)
	}
	hidden := result.HiddenHeader()
	assert.Greater(t, len(hidden), 50)
	assert.Less(t, len(hidden), 100)
	assert.Len(t, result.Header, 1004, "the answer's own is left alone")
	assert.Nil(t, (&transport.Result{}).HiddenHeader())
}
