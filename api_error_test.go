package whatspie_test

import (
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestErrorLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 200)
	for name, test := range map[string]struct {
		answer wiretest.Reply
		want   string
	}{
		"HTML":              {wiretest.Reply{Status: 404, Body: "<html>\n<h1>Not here</h1>"}, "404 Not Found (1 attempt)"},
		"empty":             {wiretest.Reply{Status: 403}, "403 Forbidden (1 attempt)"},
		"unknown status":    {wiretest.Reply{Status: 499}, "499 (1 attempt)"},
		"request ID":        {wiretest.Reply{Status: 404, Header: http.Header{"X-Request-Id": {"abc"}}}, "404 Not Found (1 attempt, request abc)"},
		"Retry-After":       {wiretest.Reply{Status: 404, Header: http.Header{"Retry-After": {"90"}}}, "404 Not Found (1 attempt, retry after 1m30s)"},
		"all notes":         {wiretest.Reply{Status: 503, Header: http.Header{"Retry-After": {"90"}, "Cf-Ray": {"r"}}}, "503 Service Unavailable (1 attempt, retry after 1m30s, request r)"},
		"several attempts":  {wiretest.Reply{Status: 500}, "500 Internal Server Error (4 attempts)"},
		"lines":             {wiretest.Reply{Status: 400, Body: `{"message":"a\r\nb\tc\u0000\u001b[31m","error":"d\u2028e"}`}, "400 a b c [31m: d e (1 attempt)"},
		"bidi override":     {wiretest.Reply{Status: 400, Body: `{"message":"a\u202eb"}`}, "400 a b (1 attempt)"},
		"same detail":       {wiretest.Reply{Status: 400, Body: `{"message":"no","error":"no"}`}, "400 no (1 attempt)"},
		"detail alone":      {wiretest.Reply{Status: 400, Body: `{"error":"no"}`}, "400 Bad Request: no (1 attempt)"},
		"nested detail":     {wiretest.Reply{Status: 400, Body: `{"error":{"code":7,"message":"deep"}}`}, "400 Bad Request: deep (1 attempt)"},
		"message no string": {wiretest.Reply{Status: 400, Body: `{"message":["a"],"error":[1]}`}, "400 Bad Request (1 attempt)"},
		"long":              {wiretest.Reply{Status: 400, Body: `{"message":"` + long + `"}`}, "400 " + long[:300] + "… (1 attempt)"},
		"code over status":  {wiretest.OK(`{"code":403,"message":"no"}`), "403 no (1 attempt)"},
		"code below 400":    {wiretest.Reply{Status: 409, Body: `{"code":1,"message":"no"}`}, "409 no (1 attempt)"},
		"no code":           {wiretest.OK(`{"status":false,"message":"no"}`), "200 no (1 attempt)"},
		"200 HTML":          {wiretest.OK("<html>"), "200 OK: not a JSON response of the API (1 attempt)"},
		"no device":         {wiretest.OK(`{"data":null}`), "200 OK: no device in the response (1 attempt)"},
		"redirect":          {wiretest.Redirect(307, "https://x"), "307 Temporary Redirect: redirect not followed (1 attempt)"},
		"no answer":         {wiretest.Fail(wiretest.TextError("read:\n reset")), "read: reset (4 attempts)"},
		"token echoed":      {wiretest.Reply{Status: 400, Body: `{"message":"bad 5|s3cr3t/\"T0ken\"+<a&b>."}`}, "400 bad [redacted]. (1 attempt)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := wiretest.NewScript(test.answer).Client(t, wiretest.NoWaits).Devices.Get(t.Context(), 7)
			require.EqualError(t, err, "whatspie: GET /devices/7: "+test.want)
		})
	}
}

// Every error states what was sent and what was received.
func TestEveryFailureKeepsItsEvidence(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("0123456789", 1000)
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"502 HTML":       {502, "<html>Bad gateway</html>", whatspie.ErrServer},
		"500 empty":      {500, "", whatspie.ErrServer},
		"503 truncated":  {503, `{"code":503,"mess`, whatspie.ErrServer},
		"400 large":      {400, large, whatspie.ErrBadRequest},
		"404 an array":   {404, `[]`, whatspie.ErrNotFound},
		"404 words":      {404, `"Not found"`, whatspie.ErrNotFound},
		"429 HTML":       {429, "<html>", whatspie.ErrRateLimited},
		"200 HTML":       {200, "<html>Login</html>", whatspie.ErrUnexpectedResponse},
		"200 empty":      {200, "", whatspie.ErrUnexpectedResponse},
		"200 blank":      {200, " \r\n", whatspie.ErrUnexpectedResponse},
		"200 truncated":  {200, `{"status":200,"data":{`, whatspie.ErrUnexpectedResponse},
		"200 two values": {200, `{"data":{"id":1}}{}`, whatspie.ErrUnexpectedResponse},
		"200 number":     {200, `7`, whatspie.ErrUnexpectedResponse},
		"200 null":       {200, `null`, whatspie.ErrUnexpectedResponse},
		"200 large":      {200, large, whatspie.ErrUnexpectedResponse},
		"206 part":       {206, `{"data":{"`, whatspie.ErrUnexpectedResponse},
		"304":            {304, "", whatspie.ErrUnexpectedResponse},
		"200, code 500":  {200, `{"code":500}`, whatspie.ErrServer},
		"200, code 403":  {200, `{"code":"403","message":"x"}`, whatspie.ErrForbidden},
		"200, status 4":  {200, `{"status":"404","message":"x"}`, whatspie.ErrNotFound},
		"200, both":      {200, `{"status":401,"code":200}`, whatspie.ErrUnauthorized},
		"200, refused":   {200, `{"status":false}`, whatspie.ErrUnexpectedResponse},
		"200, fail":      {200, `{"status":"fail","message":"x"}`, whatspie.ErrUnexpectedResponse},
		"200, no":        {200, `{"success":false,"data":{"id":7}}`, whatspie.ErrUnexpectedResponse},
		"200, true":      {200, `{"error":true,"data":{"id":7}}`, whatspie.ErrUnexpectedResponse},
		"200, prose":     {200, `{"error":"Unauthenticated"}`, whatspie.ErrUnexpectedResponse},
		"200, deep":      {200, `{"error":{"message":"x"}}`, whatspie.ErrUnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"X-Request-Id": {"req-1"}, "Set-Cookie": {"session=1"}, "Server": {"nginx"}}
			s := wiretest.NewScript(wiretest.Reply{Status: test.status, Header: header, Body: test.body})
			err := s.Client(t, wiretest.NoWaits).Call(t.Context(), http.MethodGet, "/devices/7?secret=1", nil, &whatspie.Device{})
			wiretest.AssertSentinels(t, err, test.want)
			failed := wiretest.APIError(t, err)
			assert.Equal(t, test.status, failed.StatusCode)
			assert.Equal(t, http.MethodGet, failed.Method)
			assert.Equal(t, "/devices/7", failed.Path, "without its query")
			assert.NotContains(t, err.Error(), "secret")
			assert.Equal(t, "req-1", failed.RequestID)
			assert.Equal(t, len(s.Requests()), failed.Attempts)
			assert.Equal(t, http.Header{"X-Request-Id": {"req-1"}, "Server": {"nginx"}}, failed.Header)
			assert.Equal(t, test.body[:min(len(test.body), 4<<10)], string(failed.Body))
			assert.Equal(t, "session=1", header.Get("Set-Cookie"), "the answer's own header is left alone")
		})
	}
}

func TestTooLargeAnswersAreRefused(t *testing.T) {
	t.Parallel()
	const fits = `{"data":[]}`
	for size, want := range map[int64]error{int64(len(fits)): nil, int64(len(fits)) - 1: whatspie.ErrResponseTooLarge, 1: whatspie.ErrResponseTooLarge} {
		s := wiretest.NewScript(wiretest.OK(fits))
		_, err := s.Client(t, wiretest.NoWaits, whatspie.WithMaxResponseBytes(size)).Devices.List(t.Context())
		require.ErrorIs(t, err, want)
		assert.Len(t, s.Requests(), 1)
		if want != nil {
			wiretest.AssertSentinels(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
			assert.Equal(t, fits[:size], string(wiretest.APIError(t, err).Body))
			assert.False(t, wiretest.APIError(t, err).Retryable())
		}
	}
	// An endless response is not read to the end.
	endless := wiretest.ReaderFunc(func(p []byte) (int, error) { return len(p), nil })
	for _, status := range []int{200, 404} {
		_, err := wiretest.NewScript(wiretest.Reply{Status: status, Stream: endless}).Client(t, whatspie.WithMaxResponseBytes(1<<20)).Devices.List(t.Context())
		assert.Equal(t, status, wiretest.APIError(t, err).StatusCode)
	}
}

// An announced length may be false, so it must not reserve memory.
func TestALengthAloneReservesLittle(t *testing.T) {
	t.Parallel()
	promise := wiretest.RoundTripFunc(func(request *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, ContentLength: math.MaxInt64 - 1, Request: request, Body: io.NopCloser(strings.NewReader(`{"data":[]}`)),
		}, nil
	})
	client, err := whatspie.NewClient(wiretest.Token, wiretest.WithTransport(promise),
		whatspie.WithMaxResponseBytes(math.MaxInt64-1))
	require.NoError(t, err)
	devices, err := client.Devices.List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, devices)
}

func TestRetryableTellsTheTruth(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, test := range map[string]struct {
		answer      wiretest.Reply
		read, write bool
	}{
		"dial":           {wiretest.Fail(wiretest.ErrRefused()), yes, yes},
		"reset":          {wiretest.Fail(wiretest.ErrReset()), yes, no},
		"timeout":        {wiretest.Reply{Stall: true}, yes, no},
		"cut":            {wiretest.Reply{Status: 200, Body: "{", Cut: true}, yes, no},
		"429":            {wiretest.Reply{Status: 429}, yes, yes},
		"429, later":     {wiretest.RateLimited("3600"), yes, yes},
		"408":            {wiretest.Reply{Status: 408}, yes, no},
		"500":            {wiretest.Reply{Status: 500}, yes, no},
		"503":            {wiretest.Reply{Status: 503}, yes, no},
		"500 in body":    {wiretest.OK(`{"code":500}`), yes, no},
		"400":            {wiretest.Reply{Status: 400}, no, no},
		"401":            {wiretest.Reply{Status: 401}, no, no},
		"403":            {wiretest.Reply{Status: 403}, no, no},
		"404":            {wiretest.Reply{Status: 404}, no, no},
		"302":            {wiretest.Redirect(302, "https://x"), no, no},
		"HTML":           {wiretest.OK("<html>"), no, no},
		"no device":      {wiretest.OK(`{"status":200}`), no, no},
		"connected":      {wiretest.OK(wiretest.Fixture(t, "get_qr_already_connected_200.json")), no, no},
		"code not ready": {wiretest.OK(`{"data":{"qr":""}}`), no, no},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := wiretest.NewScript(test.answer).Client(t).Devices.Get(t.Context(), 7)
				assert.Equal(t, test.read, wiretest.APIError(t, err).Retryable(), "read: %v", err)
				_, err = wiretest.NewScript(test.answer).Client(t).Devices.Create(t.Context(), wiretest.NewDevice)
				assert.Equal(t, test.write, wiretest.APIError(t, err).Retryable(), "write: %v", err)
			})
		})
	}
}

// One error matches the specific and the general sentinel, its cause, and *APIError.
func TestErrorsCanBeAskedForEverything(t *testing.T) {
	t.Parallel()
	cause := &customError{io.ErrClosedPipe}
	_, err := wiretest.NewScript(wiretest.Fail(cause)).Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
	wrapped := errors.Join(errors.New("connecting"), err)
	require.ErrorIs(t, wrapped, whatspie.ErrOutcomeUnknown)
	require.ErrorIs(t, wrapped, io.ErrClosedPipe)
	var custom *customError
	require.ErrorAs(t, wrapped, &custom)
	assert.Same(t, cause, custom)
	assert.Equal(t, 1, wiretest.APIError(t, wrapped).Attempts)
	for range 2 { // reading has no side effect
		assert.Len(t, wiretest.APIError(t, err).Unwrap(), 1)
	}
}

type customError struct{ error }

func (e *customError) Unwrap() error { return e.error }

func TestSentinelsAreDistinct(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for name, one := range wiretest.Sentinels() {
		assert.Empty(t, texts[one.Error()], "%s reads like another", name)
		texts[one.Error()] = name
		for other, two := range wiretest.Sentinels() {
			assert.Equal(t, name == other, errors.Is(one, two), "%s is %s", name, other)
		}
	}
}

func TestDurationsOfErrorsAreVirtual(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := wiretest.NewScript(wiretest.Reply{Stall: true}).Client(t, wiretest.NoWaits, whatspie.WithAttemptTimeout(time.Minute)).Devices.Get(t.Context(), 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: attempt timed out (4 attempts)")
		assert.Equal(t, 4*time.Minute, time.Since(start).Truncate(time.Second))
	})
}
