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
)

func TestErrorLines(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 200)
	for name, test := range map[string]struct {
		answer reply
		want   string
	}{
		"HTML":              {reply{status: 404, body: "<html>\n<h1>Not here</h1>"}, "404 Not Found (1 attempt)"},
		"empty":             {reply{status: 403}, "403 Forbidden (1 attempt)"},
		"unknown status":    {reply{status: 499}, "499 (1 attempt)"},
		"request ID":        {reply{status: 404, header: http.Header{"X-Request-Id": {"abc"}}}, "404 Not Found (1 attempt, request abc)"},
		"Retry-After":       {reply{status: 404, header: http.Header{"Retry-After": {"90"}}}, "404 Not Found (1 attempt, retry after 1m30s)"},
		"all notes":         {reply{status: 503, header: http.Header{"Retry-After": {"90"}, "Cf-Ray": {"r"}}}, "503 Service Unavailable (1 attempt, retry after 1m30s, request r)"},
		"several attempts":  {reply{status: 500}, "500 Internal Server Error (4 attempts)"},
		"lines":             {reply{status: 400, body: `{"message":"a\r\nb\tc\u0000\u001b[31m","error":"d\u2028e"}`}, "400 a b c [31m: d e (1 attempt)"},
		"bidi override":     {reply{status: 400, body: `{"message":"a\u202eb"}`}, "400 a b (1 attempt)"},
		"same detail":       {reply{status: 400, body: `{"message":"no","error":"no"}`}, "400 no (1 attempt)"},
		"detail alone":      {reply{status: 400, body: `{"error":"no"}`}, "400 Bad Request: no (1 attempt)"},
		"nested detail":     {reply{status: 400, body: `{"error":{"code":7,"message":"deep"}}`}, "400 Bad Request: deep (1 attempt)"},
		"message no string": {reply{status: 400, body: `{"message":["a"],"error":[1]}`}, "400 Bad Request (1 attempt)"},
		"long":              {reply{status: 400, body: `{"message":"` + long + `"}`}, "400 " + long[:300] + "… (1 attempt)"},
		"code over status":  {ok(`{"code":403,"message":"no"}`), "403 no (1 attempt)"},
		"code below 400":    {reply{status: 409, body: `{"code":1,"message":"no"}`}, "409 no (1 attempt)"},
		"no code":           {ok(`{"status":false,"message":"no"}`), "200 no (1 attempt)"},
		"200 HTML":          {ok("<html>"), "200 OK: not a JSON answer of the API (1 attempt)"},
		"no device":         {ok(`{"data":null}`), "200 OK: no device in the response (1 attempt)"},
		"redirect":          {redirectTo(307, "https://x"), "307 Temporary Redirect: redirect not followed (1 attempt)"},
		"no answer":         {fails(textError("read:\n reset")), "read: reset (4 attempts)"},
		"token echoed":      {reply{status: 400, body: `{"message":"bad 5|s3cr3t/\"T0ken\"+<a&b>."}`}, "400 bad [redacted]. (1 attempt)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := scriptOf(test.answer).client(t, atOnce).Devices.Get(t.Context(), 7)
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
			s := scriptOf(reply{status: test.status, header: header, body: test.body})
			err := s.client(t, atOnce).Call(t.Context(), http.MethodGet, "/devices/7?secret=1", nil, &whatspie.Device{})
			assertOnly(t, err, test.want)
			failed := apiError(t, err)
			assert.Equal(t, test.status, failed.StatusCode)
			assert.Equal(t, http.MethodGet, failed.Method)
			assert.Equal(t, "/devices/7", failed.Path, "without its query")
			assert.NotContains(t, err.Error(), "secret")
			assert.Equal(t, "req-1", failed.RequestID)
			assert.Equal(t, len(s.requests()), failed.Attempts)
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
		s := scriptOf(ok(fits))
		_, err := s.client(t, atOnce, whatspie.WithMaxResponseBytes(size)).Devices.List(t.Context())
		require.ErrorIs(t, err, want)
		assert.Len(t, s.requests(), 1)
		if want != nil {
			assertOnly(t, err, whatspie.ErrResponseTooLarge, whatspie.ErrUnexpectedResponse)
			assert.Equal(t, fits[:size], string(apiError(t, err).Body))
			assert.False(t, apiError(t, err).Retryable())
		}
	}
	// An endless response is not read to the end.
	endless := readerFunc(func(p []byte) (int, error) { return len(p), nil })
	for _, status := range []int{200, 404} {
		_, err := scriptOf(reply{status: status, stream: endless}).client(t, whatspie.WithMaxResponseBytes(1<<20)).Devices.List(t.Context())
		assert.Equal(t, status, apiError(t, err).StatusCode)
	}
}

// An announced length may be false, so it must not reserve memory.
func TestALengthAloneReservesLittle(t *testing.T) {
	t.Parallel()
	promise := roundTripper(func(request *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: http.StatusOK, ContentLength: math.MaxInt64 - 1, Request: request, Body: io.NopCloser(strings.NewReader(`{"data":[]}`)),
		}, nil
	})
	client, err := whatspie.NewClient(token, through(promise),
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
		answer      reply
		read, write bool
	}{
		"dial":           {fails(refusedDial()), yes, yes},
		"reset":          {fails(reset()), yes, no},
		"timeout":        {reply{stall: true}, yes, no},
		"cut":            {reply{status: 200, body: "{", cut: true}, yes, no},
		"429":            {reply{status: 429}, yes, yes},
		"429, later":     {asking("3600"), yes, yes},
		"408":            {reply{status: 408}, yes, no},
		"500":            {reply{status: 500}, yes, no},
		"503":            {reply{status: 503}, yes, no},
		"500 in body":    {ok(`{"code":500}`), yes, no},
		"400":            {reply{status: 400}, no, no},
		"401":            {reply{status: 401}, no, no},
		"403":            {reply{status: 403}, no, no},
		"404":            {reply{status: 404}, no, no},
		"302":            {redirectTo(302, "https://x"), no, no},
		"HTML":           {ok("<html>"), no, no},
		"no device":      {ok(`{"status":200}`), no, no},
		"connected":      {ok(fixture(t, "get_qr_already_connected_200.json")), no, no},
		"code not ready": {ok(`{"data":{"qr":""}}`), no, no},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := scriptOf(test.answer).client(t).Devices.Get(t.Context(), 7)
				assert.Equal(t, test.read, apiError(t, err).Retryable(), "read: %v", err)
				_, err = scriptOf(test.answer).client(t).Devices.Create(t.Context(), newDevice)
				assert.Equal(t, test.write, apiError(t, err).Retryable(), "write: %v", err)
			})
		})
	}
}

// One error matches the specific and the general sentinel, its cause, and *APIError.
func TestErrorsCanBeAskedForEverything(t *testing.T) {
	t.Parallel()
	cause := &customError{io.ErrClosedPipe}
	_, err := scriptOf(fails(cause)).client(t, atOnce).Devices.Create(t.Context(), newDevice)
	wrapped := errors.Join(errors.New("connecting"), err)
	require.ErrorIs(t, wrapped, whatspie.ErrOutcomeUnknown)
	require.ErrorIs(t, wrapped, io.ErrClosedPipe)
	var custom *customError
	require.ErrorAs(t, wrapped, &custom)
	assert.Same(t, cause, custom)
	assert.Equal(t, 1, apiError(t, wrapped).Attempts)
	for range 2 { // reading has no side effect
		assert.Len(t, apiError(t, err).Unwrap(), 1)
	}
}

type customError struct{ error }

func (e *customError) Unwrap() error { return e.error }

func TestSentinelsAreDistinct(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for name, one := range sentinels() {
		assert.Empty(t, texts[one.Error()], "%s reads like another", name)
		texts[one.Error()] = name
		for other, two := range sentinels() {
			assert.Equal(t, name == other, errors.Is(one, two), "%s is %s", name, other)
		}
	}
}

func TestDurationsOfErrorsAreVirtual(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := scriptOf(reply{stall: true}).client(t, atOnce, whatspie.WithAttemptTimeout(time.Minute)).Devices.Get(t.Context(), 7)
		require.EqualError(t, err, "whatspie: GET /devices/7: attempt timed out (4 attempts)")
		assert.Equal(t, 4*time.Minute, time.Since(start).Truncate(time.Second))
	})
}
