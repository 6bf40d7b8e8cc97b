package wire_test

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wire"
)

// read returns the envelope of a body and the bytes of its data, nothing for null.
func read(contentType, body string) (envelope wire.Envelope, data string, err error) {
	envelope, err = wire.Read(contentType, []byte(body), false, func(r *wire.Reader) {
		if data = string(r.Raw()); data == "null" {
			data = ""
		}
	})
	return envelope, data, err
}

// parts are the expected envelope and data of a body; data is empty if there is none.
type parts struct {
	envelope wire.Envelope
	data     string
}

// assertParts checks the results of Read and Open.
func assertParts(t *testing.T, tests map[string]parts) {
	t.Helper()
	for body, want := range tests {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			envelope, data, err := read("application/json", body)
			require.NoError(t, err)
			assert.Equal(t, want.envelope, envelope)
			assert.Equal(t, want.data, data)
			opened, err := wire.Open("application/json", []byte(body))
			require.NoError(t, err)
			opened.Contradictory = envelope.Contradictory // see TestOpen
			assert.Equal(t, envelope, opened)
		})
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	assertParts(t, map[string]parts{
		`{"status":200,"message":"OK","data":{"id":1}}`:   {wire.Envelope{Code: 200, Message: "OK"}, `{"id":1}`},
		`{"status":200,"message":"OK","data":null}`:       {wire.Envelope{Code: 200, Message: "OK"}, ""},
		`{"status":200,"data":[ 1 ]}`:                     {wire.Envelope{Code: 200}, `[ 1 ]`},
		`{"data":7}`:                                      {wire.Envelope{}, `7`},
		`{"code":400,"message":"m","error":"e"}`:          {wire.Envelope{Code: 400, Message: "m", Detail: "e", Failed: true}, ""},
		`{"code":"400"}`:                                  {wire.Envelope{Code: 400, Failed: true}, ""},
		`{"code":400.0}`:                                  {wire.Envelope{Code: 400, Failed: true}, ""},
		`{"code":399}`:                                    {wire.Envelope{Code: 399, Unclear: true}, ""},
		`{"code":999}`:                                    {wire.Envelope{Code: 999, Failed: true}, ""},
		`{"code":0}`:                                      {wire.Envelope{Unclear: true}, ""},
		`{"code":-1}`:                                     {wire.Envelope{}, `{"code":-1}`},
		`{"code":-1,"message":"m"}`:                       {wire.Envelope{Message: "m", Unclear: true}, ""},
		`{"code":1000,"message":"m"}`:                     {wire.Envelope{Message: "m", Unclear: true}, ""},
		`{"code":"E_LIMIT","message":"m"}`:                {wire.Envelope{Message: "m", Unclear: true}, ""},
		`{"code":200,"status":500}`:                       {wire.Envelope{Code: 500, Failed: true}, ""},
		`{"code":500,"status":200}`:                       {wire.Envelope{Code: 500, Failed: true, Contradictory: true}, ""},
		`{"status":200,"error":"no webhook"}`:             {wire.Envelope{Code: 200, Detail: "no webhook", Failed: true, Contradictory: true}, ""},
		`{"success":true,"code":422}`:                     {wire.Envelope{Code: 422, Failed: true, Contradictory: true}, ""},
		`{"code":422,"data":[{"x":1},{"ID":"7"}]}`:        {wire.Envelope{Code: 422, Failed: true, Contradictory: true}, `[{"x":1},{"ID":"7"}]`},
		`{"status":"error","data":{"x":{},"id":7}}`:       {wire.Envelope{Failed: true, Contradictory: true}, `{"x":{},"id":7}`},
		`{"status":"error","data":{"id":0}}`:              {wire.Envelope{Failed: true}, `{"id":0}`},
		`{"status":200,"message":"Success."}`:             {wire.Envelope{Code: 200, Message: "Success."}, ""},
		`{"status":200,"message":"Down for maintenance"}`: {wire.Envelope{Code: 200, Message: "Down for maintenance", MessageOnly: true}, ""},
		`{"status":200,"message":"none","data":null}`:     {wire.Envelope{Code: 200, Message: "none", MessageOnly: true}, ""},
		`{"status":200,"error":0}`:                        {wire.Envelope{Code: 200}, ""},
		`{"status":200,"error":"0"}`:                      {wire.Envelope{Code: 200}, ""},
		`{"status":200,"error":"None"}`:                   {wire.Envelope{Code: 200}, ""},
		`{"status":200,"error":"null"}`:                   {wire.Envelope{Code: 200}, ""},
		`{"code":404,"status":500}`:                       {wire.Envelope{Code: 404, Failed: true}, ""},
		`{"code":201,"status":200}`:                       {wire.Envelope{Code: 201}, ""},
		`{"status":false}`:                                {wire.Envelope{Failed: true}, ""},
		`{"status":false,"errors":[1]}`:                   {wire.Envelope{Failed: true}, ""},
		`{"status":"error"}`:                              {wire.Envelope{Failed: true}, ""},
		`{"status":"FAILED","message":"m"}`:               {wire.Envelope{Message: "m", Failed: true}, ""},
		`{"status":"fail","data":{}}`:                     {wire.Envelope{Failed: true}, `{}`},
		`{"status":true,"data":{}}`:                       {wire.Envelope{}, `{}`},
		`{"status":"success","data":{}}`:                  {wire.Envelope{}, `{}`},
		`{"success":false}`:                               {wire.Envelope{Failed: true}, ""},
		`{"success":"false","data":1}`:                    {wire.Envelope{Failed: true}, `1`},
		`{"success":true,"data":1}`:                       {wire.Envelope{}, `1`},
		`{"error":"no"}`:                                  {wire.Envelope{Detail: "no", Failed: true}, ""},
		`{"error":{"code":1,"message":"no"}}`:             {wire.Envelope{Detail: "no", Failed: true}, ""},
		`{"error":true}`:                                  {wire.Envelope{Failed: true}, ""},
		`{"error":true,"data":1}`:                         {wire.Envelope{Failed: true}, `1`},
		`{"error":false,"message":"m"}`:                   {wire.Envelope{Message: "m", Unclear: true}, ""},
		`{"error":false,"data":1}`:                        {wire.Envelope{}, `1`},
		`{"error":"warning","data":1}`:                    {wire.Envelope{Detail: "warning"}, `1`},
		`{"error":null,"data":1}`:                         {wire.Envelope{}, `1`},
		`{"error":[],"message":"m"}`:                      {wire.Envelope{Message: "m", Unclear: true}, ""},
		`{"code":200,"message":"Device connected"}`:       {wire.Envelope{Code: 200, Message: "Device connected", Failed: true}, ""},
		`{"message":"device is already connected."}`:      {wire.Envelope{Message: "device is already connected.", Failed: true}, ""},
		`{"message":"Device connected","data":{}}`:        {wire.Envelope{Message: "Device connected", Failed: true}, `{}`},
		`{"message":"Device connected","data":{"a":1}}`:   {wire.Envelope{Message: "Device connected"}, `{"a":1}`},
		`{"message":"Device connected","data":7}`:         {wire.Envelope{Message: "Device connected"}, `7`},
		`{"message":"Device connected","data":[null]}`:    {wire.Envelope{Message: "Device connected"}, `[null]`},
		`{"message":"Device connected","data":[ ]}`:       {wire.Envelope{Message: "Device connected", Failed: true}, `[ ]`},
		`{"message":"Device connected","data":""}`:        {wire.Envelope{Message: "Device connected", Failed: true}, `""`},
		`{"message":"Device connected","data":{"qr":""}}`: {wire.Envelope{Message: "Device connected", Failed: true}, `{"qr":""}`},
		`{"success":0}`:                                   {wire.Envelope{Failed: true}, ""},
		`{"success":1,"data":1}`:                          {wire.Envelope{}, `1`},
		`{"message":7}`:                                   {wire.Envelope{Message: "7", Unclear: true}, ""},
		`{"status":204}`:                                  {wire.Envelope{Code: 204}, ""},
		`{"status":300}`:                                  {wire.Envelope{Code: 300, Unclear: true}, ""},
		`{"status":199}`:                                  {wire.Envelope{Code: 199, Unclear: true}, ""},
		`{"status":true,"message":"m"}`:                   {wire.Envelope{Message: "m", MessageOnly: true}, ""},
		`{"status":"success","message":"m"}`:              {wire.Envelope{Message: "m", MessageOnly: true}, ""},
		`{"status":"unauthorized","message":"m"}`:         {wire.Envelope{Message: "m", Unclear: true}, ""},
		`{"success":1,"message":"m"}`:                     {wire.Envelope{Message: "m", MessageOnly: true}, ""},
		`{"success":true,"message":"m"}`:                  {wire.Envelope{Message: "m", MessageOnly: true}, ""},
		`{"success":"ok","code":"E1","message":"m"}`:      {wire.Envelope{Message: "m", Unclear: true}, ""},
		`{"code":200,"message":"m"}`:                      {wire.Envelope{Code: 200, Message: "m", Unclear: true}, ""},
		`{"code":200,"data":null}`:                        {wire.Envelope{Code: 200}, ""},
	})
}

func TestRead_unusualEnvelopes(t *testing.T) {
	t.Parallel()
	assertParts(t, map[string]parts{
		`{"MESSAGE":"m","Data":1}`:             {wire.Envelope{Message: "m"}, `1`},
		` { "data" : 1 } `:                     {wire.Envelope{}, `1`},
		`{"id":7}`:                             {wire.Envelope{}, `{"id":7}`},
		` {"id":7,"status":"ACTIVE"}`:          {wire.Envelope{}, `{"id":7,"status":"ACTIVE"}`},
		`{"id":7,"status":"FAILED"}`:           {wire.Envelope{}, `{"id":7,"status":"FAILED"}`},
		`{"id":7,"success":true}`:              {wire.Envelope{}, `{"id":7,"success":true}`},
		"\ufeff{\"data\":1}":                   {wire.Envelope{}, `1`},
		"\ufeff{\"id\":7}":                     {wire.Envelope{}, `{"id":7}`},
		"\ufeff \n[7]":                         {wire.Envelope{}, `[7]`},
		`{"code":422,"data":{"x":[{"id":7}]}}`: {wire.Envelope{Code: 422, Failed: true}, `{"x":[{"id":7}]}`},
		`{"code":422,"data":[[{"id":7}]]}`:     {wire.Envelope{Code: 422, Failed: true}, `[[{"id":7}]]`},
		`{"code":422,"id":7}`:                  {wire.Envelope{Code: 422, Failed: true, Contradictory: true}, ""},
		`{}`:                                   {wire.Envelope{}, `{}`},
		` [1, 2]`:                              {wire.Envelope{}, `[1, 2]`},
	})
}

// Responses with a failing HTTP status.
func TestOpen(t *testing.T) {
	t.Parallel()
	for body, contradictory := range map[string]bool{
		`{"code":429,"message":"m"}`:       false,
		`{"message":"m"}`:                  false,
		`{"status":404,"data":null}`:       false,
		`{"data":{"package":["unknown"]}}`: false,
		`{}`:                               false,
		`[]`:                               false,
		`{"code":200,"message":"m"}`:       true,
		`{"status":201}`:                   true,
		`{"message":"m","data":{"id":7}}`:  true,
		"\ufeff" + `{"data":{"device":{"id":"7"}}}`: true,
		`{"id":7}`:   true,
		`[{"id":7}]`: true,
	} {
		envelope, err := wire.Open("application/json", []byte(body))
		require.NoError(t, err, body)
		assert.Equal(t, contradictory, envelope.Contradictory, body)
	}
}

func TestOpen_rejectsOtherBodies(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		"", " ", "<html>", `{"a":`, `{"a":1}{}`, `{a:1}`, `7`, `"x"`, `null`, `true`, "\x1f\x8b", "{\ufeff}", "\ufeff\ufeff{}", "\xef\xbb", "{}\x00",
		strings.Repeat("[", 20000),
	} {
		envelope, err := wire.Open("application/json", []byte(body))
		require.ErrorIs(t, err, wire.ErrNotEnvelope, "%.20q", body)
		assert.Zero(t, envelope)
	}
}

func TestRead_wrapsImage(t *testing.T) {
	t.Parallel()
	const png = "\x89PNG\r\n\x1a\nrest"
	for name, test := range map[string]struct{ contentType, body, want string }{
		"content type":  {"image/png; charset=binary", "abc", `{"qr":"data:image/png;base64,YWJj"}`},
		"PNG signature": {"application/octet-stream", png, `{"qr":"data:image/png;base64,iVBORw0KGgpyZXN0"}`},
		"empty image":   {"image/png", "", `{"qr":"data:image/png;base64,"}`},
	} {
		envelope, data, err := read(test.contentType, test.body)
		require.NoError(t, err, name)
		assert.Zero(t, envelope, name)
		assert.Equal(t, test.want, data, name)
	}
	assert.False(t, wire.IsPNG([]byte("\x89PNG")))
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"Device connected":                wire.ConnectedMessage,
		" DEVICE\tis  already connected!": wire.ConnectedMessage,
		"Device not connected":            "device not connected",
		"":                                "",
		"...":                             "",
	} {
		assert.Equal(t, want, strings.TrimSpace(wire.Normalize(message)), message)
	}
}

// streamList streams a body and returns the elements of its list, without white space, except null.
func streamList(body io.Reader) ([]string, wire.Envelope, error) {
	elements := []string{}
	envelope, err := wire.Stream(body, false, func(r *wire.Reader) {
		if kind := r.Kind(); kind != '[' && kind != 'n' {
			r.Fail(wire.ErrNotEnvelope)
		}
		if r.Kind() == 'n' {
			r.Skip()
			return
		}
		for range r.Elements() {
			if element := reencode(r); r.Err() == nil && element != "null" {
				elements = append(elements, element)
			}
		}
	})
	return elements, envelope, err
}

// reencode reads a value and encodes it again without white space.
func reencode(r *wire.Reader) string {
	var b strings.Builder
	separator := ""
	switch kind := r.Kind(); kind {
	case '{':
		b.WriteByte('{')
		for key := range r.Members() {
			b.WriteString(separator + strconv.Quote(string(key)) + ":" + reencode(r))
			separator = ","
		}
		b.WriteByte('}')
	case '[':
		b.WriteByte('[')
		for range r.Elements() {
			b.WriteString(separator + reencode(r))
			separator = ","
		}
		b.WriteByte(']')
	case '"':
		b.WriteString(strconv.Quote(r.Text()))
	case 't', 'f', 'n':
		r.Skip()
		b.WriteString(map[byte]string{'t': "true", 'f': "false", 'n': "null"}[kind])
	default:
		b.WriteString(r.Text())
	}
	return b.String()
}

func TestStream(t *testing.T) {
	t.Parallel()
	type want struct {
		elements []string
		envelope wire.Envelope
		err      error
	}
	for body, want := range map[string]want{
		`[]`:                                        {[]string{}, wire.Envelope{}, nil},
		`[ {"a":1}, [2] ,null,"x",7]`:               {[]string{`{"a":1}`, `[2]`, `"x"`, `7`}, wire.Envelope{}, nil},
		`{"status":200,"data":[1]}`:                 {[]string{"1"}, wire.Envelope{Code: 200}, nil},
		`{"data":[1],"code":500}`:                   {[]string{"1"}, wire.Envelope{Code: 500, Failed: true}, nil},
		`{"Data":[1],"x":{"data":[2]}}`:             {[]string{"1"}, wire.Envelope{}, nil},
		`{"data":null}`:                             {[]string{}, wire.Envelope{}, nil},
		`{"status":200,"message":"OK"}`:             {[]string{}, wire.Envelope{Code: 200, Message: "OK"}, nil},
		`{"message":"OK"}`:                          {[]string{}, wire.Envelope{Message: "OK", Unclear: true}, nil},
		`{"message":"Device connected","data":[1]}`: {[]string{"1"}, wire.Envelope{Message: "Device connected"}, nil},
		`{"message":"Device connected","data":[]}`:  {[]string{}, wire.Envelope{Message: "Device connected", Failed: true}, nil},
		`{"x":tru,"data":[1]}`:                      {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"status":false}`:                          {[]string{}, wire.Envelope{Failed: true}, nil},
		`{"code":401,"message":"no"}`:               {[]string{}, wire.Envelope{Code: 401, Message: "no", Failed: true}, nil},
		`{"data":[]}{"data":[2]}`:                   {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":[1],"data":[2]}`:                   {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		"[1]\f":                                     {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`[1]]`:                                      {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{}`:                                        {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"id":1}`:                                  {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"id":1,"status":"ACTIVE"}`:                {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":{}}`:                               {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":7}`:                                {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`7`:                                         {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`null`:                                      {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		``:                                          {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`<html>`:                                    {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`[1,`:                                       {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`[1,x]`:                                     {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`[1`:                                        {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`[{"a":1}`:                                  {[]string{`{"a":1}`}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":[1]`:                               {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":[1],`:                              {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":`:                                  {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"status":`:                                {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"status":2x}`:                             {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{status`:                                   {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`[` + strings.Repeat("[", 20000):            {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
	} {
		elements, envelope, err := streamList(strings.NewReader(body))
		require.ErrorIs(t, err, want.err, "%.30s", body)
		assert.Equal(t, want.elements, elements, "%.30s", body)
		assert.Equal(t, want.envelope, envelope, "%.30s", body)
	}
}

func TestStream_returnsConsumerError(t *testing.T) {
	t.Parallel()
	errStop := errors.New("stop")
	elements := 0
	envelope, err := wire.Stream(strings.NewReader(`{"code":500,"data":[1,2,3]}`), false, func(r *wire.Reader) {
		for range r.Elements() {
			r.Skip()
			if elements++; elements == 2 {
				r.Fail(errStop)
			}
		}
	})
	require.ErrorIs(t, err, errStop)
	assert.Equal(t, 2, elements)
	assert.Zero(t, envelope)
}

// White space of any length is ignored between tokens, but not within one.
func TestStream_skipsWhiteSpace(t *testing.T) {
	t.Parallel()
	pad := strings.Repeat(" \n\t\r", 100)
	body := pad + `{` + pad + `"a b  c\\":` + pad + `1,"data":[` + pad + `{"x  y":"1  2\"  3",` + pad + `"z":[1,` + pad + `2]}` + pad + `]` + pad + `}` + pad
	for _, r := range []io.Reader{
		strings.NewReader(body), iotest.OneByteReader(strings.NewReader(body)), iotest.DataErrReader(strings.NewReader(body)),
	} {
		elements, _, err := streamList(r)
		require.NoError(t, err)
		require.Len(t, elements, 1)
		assert.JSONEq(t, `{"x  y":"1  2\"  3","z":[1,2]}`, elements[0])
	}
	for _, broken := range []string{"[1 2]", "[1\n\n2]", `{"data":[tr  ue]}`} {
		_, _, err := streamList(strings.NewReader(broken))
		require.ErrorIs(t, err, wire.ErrNotEnvelope, broken)
	}
}

func TestStream_dropsWhiteSpaceFromBuffer(t *testing.T) {
	t.Parallel()
	reads, maxBuffer, spaces := 0, 0, strings.Repeat(" ", 1<<10)
	blank := readerFunc(func(p []byte) (int, error) {
		if reads++; reads > 1000 {
			return 0, io.EOF
		}
		maxBuffer = max(maxBuffer, len(p))
		return copy(p, spaces), nil
	})
	_, _, err := streamList(blank)
	require.ErrorIs(t, err, wire.ErrNotEnvelope)
	assert.LessOrEqual(t, maxBuffer, 8<<10, "the buffer grew")
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
