package wire_test

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie/internal/wire"
)

func raw(text string) json.RawMessage { return json.RawMessage(text) }

func TestOpen(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]wire.Envelope{
		`{"status":200,"message":"OK","data":{"id":1}}`:   {Code: 200, Message: "OK", Data: raw(`{"id":1}`)},
		`{"status":200,"message":"OK","data":null}`:       {Code: 200, Message: "OK"},
		`{"status":200,"data":[ 1 ]}`:                     {Code: 200, Data: raw(`[ 1 ]`)},
		`{"data":7}`:                                      {Data: raw(`7`)},
		`{"code":400,"message":"m","error":"e"}`:          {Code: 400, Message: "m", Detail: "e", Failed: true},
		`{"code":"400"}`:                                  {Code: 400, Failed: true},
		`{"code":400.0}`:                                  {Code: 400, Failed: true},
		`{"code":399}`:                                    {Code: 399, Unclear: true},
		`{"code":999}`:                                    {Code: 999, Failed: true},
		`{"code":0}`:                                      {Unclear: true},
		`{"code":-1}`:                                     {Data: raw(`{"code":-1}`)},
		`{"code":-1,"message":"m"}`:                       {Message: "m", Unclear: true},
		`{"code":1000,"message":"m"}`:                     {Message: "m", Unclear: true},
		`{"code":"E_LIMIT","message":"m"}`:                {Message: "m", Unclear: true},
		`{"code":200,"status":500}`:                       {Code: 500, Failed: true},
		`{"code":500,"status":200}`:                       {Code: 500, Failed: true, Contradictory: true},
		`{"status":200,"error":"no webhook"}`:             {Code: 200, Detail: "no webhook", Failed: true, Contradictory: true},
		`{"success":true,"code":422}`:                     {Code: 422, Failed: true, Contradictory: true},
		`{"code":422,"data":[{"x":1},{"ID":"7"}]}`:        {Code: 422, Data: raw(`[{"x":1},{"ID":"7"}]`), Failed: true, Contradictory: true},
		`{"status":"error","data":{"x":{},"id":7}}`:       {Data: raw(`{"x":{},"id":7}`), Failed: true, Contradictory: true},
		`{"status":"error","data":{"id":0}}`:              {Data: raw(`{"id":0}`), Failed: true},
		`{"status":200,"message":"Success."}`:             {Code: 200, Message: "Success."},
		`{"status":200,"message":"Down for maintenance"}`: {Code: 200, Message: "Down for maintenance", MessageOnly: true},
		`{"status":200,"message":"none","data":null}`:     {Code: 200, Message: "none"},
		`{"status":200,"error":0}`:                        {Code: 200},
		`{"status":200,"error":"0"}`:                      {Code: 200},
		`{"status":200,"error":"None"}`:                   {Code: 200},
		`{"status":200,"error":"null"}`:                   {Code: 200},
		`{"code":404,"status":500}`:                       {Code: 404, Failed: true},
		`{"code":201,"status":200}`:                       {Code: 201},
		`{"status":false}`:                                {Failed: true},
		`{"status":false,"errors":[1]}`:                   {Failed: true},
		`{"status":"error"}`:                              {Failed: true},
		`{"status":"FAILED","message":"m"}`:               {Message: "m", Failed: true},
		`{"status":"fail","data":{}}`:                     {Data: raw(`{}`), Failed: true},
		`{"status":true,"data":{}}`:                       {Data: raw(`{}`)},
		`{"status":"success","data":{}}`:                  {Data: raw(`{}`)},
		`{"success":false}`:                               {Failed: true},
		`{"success":"false","data":1}`:                    {Data: raw(`1`), Failed: true},
		`{"success":true,"data":1}`:                       {Data: raw(`1`)},
		`{"error":"no"}`:                                  {Detail: "no", Failed: true},
		`{"error":{"code":1,"message":"no"}}`:             {Detail: "no", Failed: true},
		`{"error":true}`:                                  {Failed: true},
		`{"error":true,"data":1}`:                         {Data: raw(`1`), Failed: true},
		`{"error":false,"message":"m"}`:                   {Message: "m", Unclear: true},
		`{"error":false,"data":1}`:                        {Data: raw(`1`)},
		`{"error":"warning","data":1}`:                    {Detail: "warning", Data: raw(`1`)},
		`{"error":null,"data":1}`:                         {Data: raw(`1`)},
		`{"error":[],"message":"m"}`:                      {Message: "m", Unclear: true},
		`{"code":200,"message":"Device connected"}`:       {Code: 200, Message: "Device connected", Failed: true},
		`{"message":"device is already connected."}`:      {Message: "device is already connected.", Failed: true},
		`{"message":"Device connected","data":{}}`:        {Message: "Device connected", Data: raw(`{}`), Failed: true},
		`{"message":"Device connected","data":{"a":1}}`:   {Message: "Device connected", Data: raw(`{"a":1}`)},
		`{"message":"Device connected","data":7}`:         {Message: "Device connected", Data: raw(`7`)},
		`{"message":"Device connected","data":[null]}`:    {Message: "Device connected", Data: raw(`[null]`)},
		`{"message":"Device connected","data":[ ]}`:       {Message: "Device connected", Data: raw(`[ ]`), Failed: true},
		`{"message":"Device connected","data":""}`:        {Message: "Device connected", Data: raw(`""`), Failed: true},
		`{"message":"Device connected","data":{"qr":""}}`: {Message: "Device connected", Data: raw(`{"qr":""}`), Failed: true},
		`{"success":0}`:                                   {Failed: true},
		`{"success":1,"data":1}`:                          {Data: raw(`1`)},
		`{"message":7}`:                                   {Message: "7", Unclear: true},
		`{"status":204}`:                                  {Code: 204},
		`{"status":300}`:                                  {Code: 300, Unclear: true},
		`{"status":199}`:                                  {Code: 199, Unclear: true},
		`{"status":true,"message":"m"}`:                   {Message: "m", MessageOnly: true},
		`{"status":"success","message":"m"}`:              {Message: "m", MessageOnly: true},
		`{"status":"unauthorized","message":"m"}`:         {Message: "m", Unclear: true},
		`{"success":1,"message":"m"}`:                     {Message: "m", MessageOnly: true},
		`{"success":true,"message":"m"}`:                  {Message: "m", MessageOnly: true},
		`{"success":"ok","code":"E1","message":"m"}`:      {Message: "m", Unclear: true},
		`{"code":200,"message":"m"}`:                      {Code: 200, Message: "m", Unclear: true},
		`{"code":200,"data":null}`:                        {Code: 200},
		`{"MESSAGE":"m","Data":1}`:                        {Message: "m", Data: raw(`1`)},
		` { "data" : 1 } `:                                {Data: raw(`1`)},
		`{"id":7}`:                                        {Data: raw(`{"id":7}`)},
		` {"id":7,"status":"ACTIVE"}`:                     {Data: raw(`{"id":7,"status":"ACTIVE"}`)},
		`{"id":7,"status":"FAILED"}`:                      {Data: raw(`{"id":7,"status":"FAILED"}`)},
		`{"id":7,"success":true}`:                         {Data: raw(`{"id":7,"success":true}`)},
		`{}`:                                              {Data: raw(`{}`)},
		` [1, 2]`:                                         {Data: raw(`[1, 2]`)},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			got, err := wire.Open("application/json", []byte(body))
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

func TestOpenRefusesWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"", " ", "<html>", `{"a":`, `{"a":1}{}`, `{a:1}`, `7`, `"x"`, `null`, `true`, "\x1f\x8b", "\ufeff{}", "{}\x00", strings.Repeat("[", 20000)} {
		got, err := wire.Open("application/json", []byte(body))
		require.ErrorIs(t, err, wire.ErrNotEnvelope, "%.20q", body)
		assert.Zero(t, got)
	}
}

func TestOpenWrapsAnImage(t *testing.T) {
	t.Parallel()
	const png = "\x89PNG\r\n\x1a\nrest"
	for name, test := range map[string]struct{ contentType, body, want string }{
		"by its type":      {"image/png; charset=binary", "abc", `{"qr":"data:image/png;base64,YWJj"}`},
		"by its signature": {"application/octet-stream", png, `{"qr":"data:image/png;base64,iVBORw0KGgpyZXN0"}`},
		"empty":            {"image/png", "", `{"qr":"data:image/png;base64,"}`},
	} {
		got, err := wire.Open(test.contentType, []byte(test.body))
		require.NoError(t, err, name)
		assert.Equal(t, wire.Envelope{Data: raw(test.want)}, got, name)
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

// gather streams a body and keeps its elements, if they are JSON.
func gather(body io.Reader) ([]string, wire.Envelope, error) {
	elements := []string{}
	around, err := wire.Stream(body, func(element json.RawMessage) error {
		if !json.Valid(element) {
			return wire.ErrNotEnvelope
		}
		elements = append(elements, string(element))
		return nil
	}, nil)
	return elements, around, err
}

func TestStream(t *testing.T) {
	t.Parallel()
	type want struct {
		elements []string
		around   wire.Envelope
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
		`[1`:                                        {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`[{"a":1}`:                                  {[]string{`{"a":1}`}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":[1]`:                               {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":[1],`:                              {[]string{"1"}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"data":`:                                  {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"status":`:                                {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{"status":2x}`:                             {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`{status`:                                   {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
		`[` + strings.Repeat("[", 20000):            {[]string{}, wire.Envelope{}, wire.ErrNotEnvelope},
	} {
		elements, around, err := gather(strings.NewReader(body))
		require.ErrorIs(t, err, want.err, "%.30s", body)
		assert.Equal(t, want.elements, elements, "%.30s", body)
		assert.Equal(t, want.around, around, "%.30s", body)
	}
}

func TestStreamEndsWhereItsConsumerSays(t *testing.T) {
	t.Parallel()
	enough := errors.New("enough")
	for given, want := range map[error]error{wire.ErrStop: nil, enough: enough} {
		taken := 0
		around, err := wire.Stream(strings.NewReader(`{"code":500,"data":[1,2,3]}`), func(json.RawMessage) error {
			if taken++; taken == 2 {
				return given
			}
			return nil
		}, nil)
		require.ErrorIs(t, err, want)
		assert.Equal(t, 2, taken)
		assert.Zero(t, around)
	}
}

// White space is no part of an answer, however much of it there is, but ends a number.
func TestStreamPassesOverWhiteSpace(t *testing.T) {
	t.Parallel()
	pad := strings.Repeat(" \n\t\r", 100)
	body := pad + `{` + pad + `"a b  c\\":` + pad + `1,"data":[` + pad + `{"x  y":"1  2\"  3",` + pad + `"z":[1,` + pad + `2]}` + pad + `]` + pad + `}` + pad
	for _, r := range []io.Reader{strings.NewReader(body), iotest.OneByteReader(strings.NewReader(body)), iotest.DataErrReader(strings.NewReader(body))} {
		elements, _, err := gather(r)
		require.NoError(t, err)
		require.Len(t, elements, 1)
		assert.JSONEq(t, `{"x  y":"1  2\"  3","z":[1,2]}`, elements[0])
	}
	for _, broken := range []string{"[1 2]", "[1\n\n2]", `{"data":[tr  ue]}`} {
		_, _, err := gather(strings.NewReader(broken))
		require.ErrorIs(t, err, wire.ErrNotEnvelope, broken)
	}
}

// White space between values is no reason to hold more.
func TestStreamKeepsNoWhiteSpace(t *testing.T) {
	t.Parallel()
	reads, room, blanks := 0, 0, strings.Repeat(" ", 1<<10)
	blank := readerFunc(func(p []byte) (int, error) {
		if reads++; reads > 1000 {
			return 0, io.EOF
		}
		room = max(room, len(p))
		return copy(p, blanks), nil
	})
	_, _, err := gather(blank)
	require.ErrorIs(t, err, wire.ErrNotEnvelope)
	assert.LessOrEqual(t, room, 8<<10, "its buffer does not grow")
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
