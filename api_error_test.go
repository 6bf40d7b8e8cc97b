package whatspie_test

import (
	"errors"
	"fmt"
	"io"
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

func TestAPIError_text(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 200)
	reply := func(status int, body string) wiretest.Reply { return wiretest.Reply{Status: status, Body: body} }
	withRequestID := wiretest.Reply{Status: 404, Header: http.Header{"X-Request-Id": {"abc"}}}
	withRetryAfter := wiretest.Reply{Status: 404, Header: http.Header{"Retry-After": {"90"}}}
	withBoth := wiretest.Reply{Status: 503, Header: http.Header{"Retry-After": {"90"}, "Cf-Ray": {"r"}}}
	for name, test := range map[string]struct {
		reply wiretest.Reply
		want  string
	}{
		"HTML":                       {reply(404, "<html>\n<h1>Not here</h1>"), "404 Not Found (1 attempt)"},
		"empty body":                 {reply(403, ""), "403 Forbidden (1 attempt)"},
		"unknown status":             {reply(499, ""), "499 (1 attempt)"},
		"request ID":                 {withRequestID, "404 Not Found (1 attempt, request abc)"},
		"Retry-After":                {withRetryAfter, "404 Not Found (1 attempt, retry after 1m30s)"},
		"request ID and Retry-After": {withBoth, "503 Service Unavailable (1 attempt, retry after 1m30s, request r)"},
		"several attempts":           {reply(500, ""), "500 Internal Server Error (4 attempts)"},
		"control characters": {
			reply(400, `{"message":"a\r\nb\tc\u0000\u001b[31m","error":"d\u2028e"}`),
			"400 a b c [31m: d e (1 attempt)",
		},
		"bidi override":          {reply(400, `{"message":"a\u202eb"}`), "400 a b (1 attempt)"},
		"detail repeats message": {reply(400, `{"message":"no","error":"no"}`), "400 no (1 attempt)"},
		"detail without message": {reply(400, `{"error":"no"}`), "400 Bad Request: no (1 attempt)"},
		"nested detail": {
			reply(400, `{"error":{"code":7,"message":"deep"}}`),
			"400 Bad Request: deep (1 attempt)",
		},
		"message not a string": {reply(400, `{"message":["a"],"error":[1]}`), "400 Bad Request (1 attempt)"},
		"long message":         {reply(400, `{"message":"`+long+`"}`), "400 " + long[:300] + "… (1 attempt)"},
		"code in body of 200":  {wiretest.OK(`{"code":403,"message":"no"}`), "403 no (1 attempt)"},
		"code below 400":       {reply(409, `{"code":1,"message":"no"}`), "409 no (1 attempt)"},
		"failure without code": {wiretest.OK(`{"status":false,"message":"no"}`), "200 no (1 attempt)"},
		"200 with HTML":        {wiretest.OK("<html>"), "200 OK: not a JSON response of the API (1 attempt)"},
		"no device":            {wiretest.OK(`{"data":null}`), "200 OK: no device in the response (1 attempt)"},
		"redirect": {
			wiretest.Redirect(307, "https://x"),
			"307 Temporary Redirect: redirect not followed (1 attempt)",
		},
		"no response": {wiretest.Fail(wiretest.TextError("read:\n reset")), "no response: read: reset (4 attempts)"},
		"token in message": {
			reply(400, `{"message":"bad 5|s3cr3t/\"T0ken\"+<a&b>."}`),
			"400 bad [redacted]. (1 attempt)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := wiretest.NewScript(test.reply).Client(t, wiretest.NoWaits).Devices.Get(t.Context(), 7)
			require.EqualError(t, err, "whatspie: GET /devices/7: "+test.want)
		})
	}
}

func TestAPIError_matchesSentinelAndCause(t *testing.T) {
	t.Parallel()
	cause := &customError{io.ErrClosedPipe}
	client := wiretest.NewScript(wiretest.Fail(cause)).Client(t, wiretest.NoWaits)
	_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
	wrapped := errors.Join(errors.New("connecting"), err)
	require.ErrorIs(t, wrapped, whatspie.ErrOutcomeUnknown)
	require.ErrorIs(t, wrapped, io.ErrClosedPipe)
	var custom *customError
	require.ErrorAs(t, wrapped, &custom)
	assert.Same(t, cause, custom)
	assert.Equal(t, 1, wiretest.APIError(t, wrapped).Attempts)
	for range 2 { // Unwrap has no side effect
		assert.Len(t, wiretest.APIError(t, err).Unwrap(), 1)
	}
}

type customError struct{ error }

func (e *customError) Unwrap() error { return e.error }

func TestAPIError_literal(t *testing.T) {
	t.Parallel()
	assertLiterals(t, []literal{
		{"no response", apiError{}, nil, false},
		{"400 Bad Request", apiError{StatusCode: 400}, []error{whatspie.ErrBadRequest}, false},
		{"401 Unauthorized", apiError{StatusCode: 401}, []error{whatspie.ErrUnauthorized}, false},
		{"403 Forbidden", apiError{StatusCode: 403}, []error{whatspie.ErrForbidden}, false},
		{
			text: "GET /devices/7: 404 Not Found (1 attempt)",
			err:  apiError{StatusCode: 404, Method: http.MethodGet, Path: "/devices/7", Attempts: 1},
			want: []error{whatspie.ErrNotFound},
		},
		{"408 Request Timeout", apiError{StatusCode: 408}, []error{whatspie.ErrServer}, true},
		{
			text:      "429 Too Many Requests (retry after 1m0s)",
			err:       apiError{StatusCode: 429, RetryAfter: time.Minute},
			want:      []error{whatspie.ErrRateLimited},
			retryable: true,
		},
		{"500 Internal Server Error", apiError{StatusCode: 500}, []error{whatspie.ErrServer}, true},
		{"200 OK", apiError{StatusCode: 200}, []error{whatspie.ErrUnexpectedResponse}, false},
		{
			text: "GET: 302 Found",
			err:  apiError{StatusCode: 302, Method: http.MethodGet},
			want: []error{whatspie.ErrUnexpectedResponse},
		},
		{"404 Not Found", apiError{Code: 404}, []error{whatspie.ErrNotFound}, false},
		{"403 Forbidden", apiError{StatusCode: 200, Code: 403}, []error{whatspie.ErrForbidden}, false},
		{"404 Not Found", apiError{StatusCode: 404, Code: 1}, []error{whatspie.ErrNotFound}, false},
		{
			text: "403 Device limit exceeded",
			err:  apiError{StatusCode: 403, Message: "Device limit exceeded"},
			want: []error{whatspie.ErrDeviceLimit, whatspie.ErrForbidden},
		},
		{
			text: "404 Device not found",
			err:  apiError{StatusCode: 404, Message: "Device not found"},
			want: []error{whatspie.ErrDeviceNotFound, whatspie.ErrNotFound},
		},
		{
			text: "400 Invalid package type",
			err:  apiError{StatusCode: 400, Message: "Invalid package type"},
			want: []error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest},
		},
		{
			text:      "500 QR code generation failed",
			err:       apiError{StatusCode: 500, Message: "QR code generation failed"},
			want:      []error{whatspie.ErrQRGeneration, whatspie.ErrServer},
			retryable: true,
		},
		{
			text: "200 Device connected",
			err:  apiError{StatusCode: 200, Code: 200, Message: "Device connected"},
			want: []error{whatspie.ErrDeviceConnected},
		},
		{
			text:      "GET: no response (4 attempts)",
			err:       apiError{Method: http.MethodGet, Attempts: 4},
			want:      []error{whatspie.ErrNoResponse},
			retryable: true,
		},
		{
			text: "GET: 404 a b (request c d)",
			err:  apiError{Method: "GET\n", StatusCode: 404, Message: "a\nb", RequestID: "c\nd"},
			want: []error{whatspie.ErrNotFound},
		},
	})
}

func TestAPIError_literalOfWrite(t *testing.T) {
	t.Parallel()
	assertLiterals(t, []literal{
		{
			text: "POST: outcome unknown: no response (1 attempt)",
			err:  apiError{Method: http.MethodPost, Attempts: 1},
			want: []error{whatspie.ErrOutcomeUnknown},
		},
		{"POST: no response", apiError{Method: http.MethodPost}, nil, false},
		{
			text: "POST: outcome unknown: 502 Bad Gateway",
			err:  apiError{Method: http.MethodPost, StatusCode: 502},
			want: []error{whatspie.ErrOutcomeUnknown},
		},
		{
			text: "DELETE: outcome unknown: 408 Request Timeout",
			err:  apiError{Method: http.MethodDelete, StatusCode: 408},
			want: []error{whatspie.ErrOutcomeUnknown},
		},
		{
			text: "POST: outcome unknown: 200 OK",
			err:  apiError{Method: http.MethodPost, StatusCode: 200},
			want: []error{whatspie.ErrOutcomeUnknown},
		},
		{
			text: "POST: outcome unknown: 429 Too Many Requests",
			err:  apiError{Method: http.MethodPost, StatusCode: 500, Code: 429},
			want: []error{whatspie.ErrOutcomeUnknown},
		},
		{
			text: "POST: outcome unknown: 500 Internal Server Error",
			err:  apiError{Method: http.MethodPost, StatusCode: 429, Code: 500},
			want: []error{whatspie.ErrOutcomeUnknown},
		},
		{
			text: "POST: outcome unknown: 403 Forbidden",
			err:  apiError{Method: http.MethodPost, StatusCode: 201, Code: 403},
			want: []error{whatspie.ErrOutcomeUnknown},
		},
		{
			text: "POST: 403 Forbidden",
			err:  apiError{Method: http.MethodPost, StatusCode: 200, Code: 403},
			want: []error{whatspie.ErrForbidden},
		},
		{
			text:      "POST: 429 Too Many Requests",
			err:       apiError{Method: http.MethodPost, StatusCode: 429},
			want:      []error{whatspie.ErrRateLimited},
			retryable: true,
		},
		{
			text: "POST: 403 Device limit exceeded",
			err:  apiError{Method: http.MethodPost, StatusCode: 403, Message: "Device limit exceeded"},
			want: []error{whatspie.ErrDeviceLimit, whatspie.ErrForbidden},
		},
		{"POST: 403 Forbidden", apiError{Method: http.MethodPost, Code: 403}, []error{whatspie.ErrForbidden}, false},
	})
}

// literal is an APIError that a caller constructed. It matches the sentinels by its fields.
type literal struct {
	text      string // without "whatspie: "
	err       apiError
	want      []error
	retryable bool
}

type apiError = whatspie.APIError

func assertLiterals(t *testing.T, literals []literal) {
	t.Helper()
	for _, test := range literals {
		t.Run(test.text, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, "whatspie: "+test.text, test.err.Error())
			wiretest.AssertSentinels(t, &test.err, test.want...)
			wiretest.AssertSentinels(t, fmt.Errorf("wrapped: %w", &test.err), test.want...)
			assert.Equal(t, test.retryable, test.err.Retryable())
			assert.False(t, test.err.Is(nil))
		})
	}
}

func TestAPIError_retryable(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, test := range map[string]struct {
		reply       wiretest.Reply
		read, write bool
	}{
		"connection refused":        {wiretest.Fail(wiretest.ConnectionRefused()), yes, yes},
		"connection reset":          {wiretest.Fail(wiretest.ConnectionReset()), yes, no},
		"attempt timeout":           {wiretest.Reply{Stall: true}, yes, no},
		"body cut off":              {wiretest.Reply{Status: 200, Body: "{", Cut: true}, yes, no},
		"429":                       {wiretest.Reply{Status: 429}, yes, yes},
		"429 with long Retry-After": {wiretest.RateLimited("3600"), yes, yes},
		"408":                       {wiretest.Reply{Status: 408}, yes, no},
		"500":                       {wiretest.Reply{Status: 500}, yes, no},
		"503":                       {wiretest.Reply{Status: 503}, yes, no},
		"500 in body":               {wiretest.OK(`{"code":500}`), yes, no},
		"400":                       {wiretest.Reply{Status: 400}, no, no},
		"401":                       {wiretest.Reply{Status: 401}, no, no},
		"403":                       {wiretest.Reply{Status: 403}, no, no},
		"404":                       {wiretest.Reply{Status: 404}, no, no},
		"302":                       {wiretest.Redirect(302, "https://x"), no, no},
		"200 with HTML":             {wiretest.OK("<html>"), no, no},
		"no device":                 {wiretest.OK(`{"status":200}`), no, no},
		"device connected":          {wiretest.OK(wiretest.Fixture(t, "get_qr_already_connected_200.json")), no, no},
		"code not ready":            {wiretest.OK(`{"data":{"qr":""}}`), no, no},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, err := wiretest.NewScript(test.reply).Client(t).Devices.Get(t.Context(), 7)
				assert.Equal(t, test.read, wiretest.APIError(t, err).Retryable(), "read: %v", err)
				_, err = wiretest.NewScript(test.reply).Client(t).Devices.Create(t.Context(), wiretest.NewDevice)
				assert.Equal(t, test.write, wiretest.APIError(t, err).Retryable(), "write: %v", err)
			})
		})
	}
}
