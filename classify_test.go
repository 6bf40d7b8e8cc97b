package whatspie_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
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

func TestAPIError_describesRequestAndResponse(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("0123456789", 1000)
	for name, test := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"502 with HTML":                    {502, "<html>Bad gateway</html>", whatspie.ErrServer},
		"500 with empty body":              {500, "", whatspie.ErrServer},
		"503 with truncated body":          {503, `{"code":503,"mess`, whatspie.ErrServer},
		"400 with large body":              {400, large, whatspie.ErrBadRequest},
		"404 with array":                   {404, `[]`, whatspie.ErrNotFound},
		"404 with string":                  {404, `"Not found"`, whatspie.ErrNotFound},
		"429 with HTML":                    {429, "<html>", whatspie.ErrRateLimited},
		"200 with HTML":                    {200, "<html>Login</html>", whatspie.ErrUnexpectedResponse},
		"200 with empty body":              {200, "", whatspie.ErrUnexpectedResponse},
		"200 with white space":             {200, " \r\n", whatspie.ErrUnexpectedResponse},
		"200 with truncated body":          {200, `{"status":200,"data":{`, whatspie.ErrUnexpectedResponse},
		"200 with two values":              {200, `{"data":{"id":1}}{}`, whatspie.ErrUnexpectedResponse},
		"200 with number":                  {200, `7`, whatspie.ErrUnexpectedResponse},
		"200 with null":                    {200, `null`, whatspie.ErrUnexpectedResponse},
		"200 with large body":              {200, large, whatspie.ErrUnexpectedResponse},
		"206 with truncated body":          {206, `{"data":{"`, whatspie.ErrUnexpectedResponse},
		"304":                              {304, "", whatspie.ErrUnexpectedResponse},
		"200 with code 500":                {200, `{"code":500}`, whatspie.ErrServer},
		"200 with code 403":                {200, `{"code":"403","message":"x"}`, whatspie.ErrForbidden},
		"200 with status 404":              {200, `{"status":"404","message":"x"}`, whatspie.ErrNotFound},
		"200 with status 401 and code 200": {200, `{"status":401,"code":200}`, whatspie.ErrUnauthorized},
		"200 with status false":            {200, `{"status":false}`, whatspie.ErrUnexpectedResponse},
		"200 with status fail":             {200, `{"status":"fail","message":"x"}`, whatspie.ErrUnexpectedResponse},
		"200 with success false":           {200, `{"success":false,"data":{"id":7}}`, whatspie.ErrUnexpectedResponse},
		"200 with error true":              {200, `{"error":true,"data":{"id":7}}`, whatspie.ErrUnexpectedResponse},
		"200 with error string":            {200, `{"error":"Unauthenticated"}`, whatspie.ErrUnexpectedResponse},
		"200 with error object":            {200, `{"error":{"message":"x"}}`, whatspie.ErrUnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"X-Request-Id": {"req-1"}, "Set-Cookie": {"session=1"}, "Server": {"nginx"}}
			s := wiretest.NewScript(wiretest.Reply{Status: test.status, Header: header, Body: test.body})
			client := s.Client(t, wiretest.NoWaits)
			err := client.Call(t.Context(), http.MethodGet, "/devices/7?secret=1", nil, &whatspie.Device{})
			wiretest.AssertSentinels(t, err, test.want)
			failed := wiretest.APIError(t, err)
			assert.Equal(t, test.status, failed.StatusCode)
			assert.Equal(t, http.MethodGet, failed.Method)
			assert.Equal(t, "/devices/7", failed.Path, "without the query")
			assert.NotContains(t, err.Error(), "secret")
			assert.Equal(t, "req-1", failed.RequestID)
			assert.Equal(t, len(s.Requests()), failed.Attempts)
			assert.Equal(t, http.Header{"X-Request-Id": {"req-1"}, "Server": {"nginx"}}, failed.Header)
			assert.Equal(t, test.body[:min(len(test.body), 4<<10)], string(failed.Body))
			assert.Equal(t, "session=1", header.Get("Set-Cookie"), "the header of the response is not changed")
		})
	}
}

// A literal with the fields of a returned error matches the same sentinels.
func TestAPIError_literalMatchesLikeReturnedError(t *testing.T) {
	t.Parallel()
	bodies := []string{
		"<html>",
		`{"code":200,"message":"Device connected"}`,
		`{"code":400,"message":"Invalid package type"}`,
		`{"code":403,"message":"Device limit exceeded"}`,
		`{"code":404,"message":"Device not found"}`,
		`{"code":408}`,
		`{"code":429}`,
		`{"code":500,"message":"QR code generation failed"}`,
	}
	for _, status := range []int{200, 201, 302, 304, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 599} {
		for _, body := range bodies {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				client := wiretest.NewScript(wiretest.Reply{Status: status, Body: body}).Client(t)
				code := &whatspie.QRCode{}
				err := client.Call(t.Context(), method, "/devices/7/qr", nil, code, whatspie.WithoutRetry())
				require.Error(t, err)
				returned := wiretest.APIError(t, err)
				literal := &whatspie.APIError{
					StatusCode: returned.StatusCode,
					Code:       returned.Code,
					Message:    returned.Message,
					Method:     returned.Method,
					Attempts:   returned.Attempts,
				}
				for name, sentinel := range wiretest.Sentinels() {
					want, got := errors.Is(err, sentinel), errors.Is(literal, sentinel)
					assert.Equal(t, want, got, "%s: %s %d %s", name, method, status, body)
				}
				assert.Equal(t, returned.Retryable(), literal.Retryable(), "%s %d %s", method, status, body)
			}
		}
	}
}

func TestErrNoResponse(t *testing.T) {
	t.Parallel()
	noSuchHost := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	expired := &tls.CertificateVerificationError{Err: errors.New("expired")}
	for name, test := range map[string]struct {
		reply wiretest.Reply
		write error // of a write; a read is always ErrNoResponse
	}{
		"connection refused":  {wiretest.Fail(wiretest.ConnectionRefused()), whatspie.ErrNoResponse},
		"no such host":        {wiretest.Fail(noSuchHost), whatspie.ErrNoResponse},
		"expired certificate": {wiretest.Fail(expired), whatspie.ErrNoResponse},
		"connection reset":    {wiretest.Fail(wiretest.ConnectionReset()), whatspie.ErrOutcomeUnknown},
		"attempt timeout":     {wiretest.Reply{Stall: true}, whatspie.ErrOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := wiretest.NewScript(test.reply).Client(t)
				_, err := client.Devices.Get(t.Context(), 7)
				wiretest.AssertSentinels(t, err, whatspie.ErrNoResponse)
				_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
				wiretest.AssertSentinels(t, err, test.write)
			})
		})
	}
}

// The end of the caller's context is not a network failure, but must not hide one.
func TestErrNoResponse_whenContextEnds(t *testing.T) {
	t.Parallel()
	reason := errors.New("the user left")
	stall := []wiretest.Reply{{Stall: true}}
	resetThenStall := []wiretest.Reply{wiretest.Fail(wiretest.ConnectionReset()), {Stall: true}}
	noResponse := []error{whatspie.ErrNoResponse}
	for name, test := range map[string]struct {
		replies []wiretest.Reply
		context contextFunc
		cause   error
		want    []error
	}{
		"canceled":               {stall, cancelAfter(time.Second, nil), context.Canceled, nil},
		"canceled with a cause":  {stall, cancelAfter(time.Second, reason), reason, nil},
		"deadline":               {stall, deadlineAfter(time.Second), context.DeadlineExceeded, nil},
		"deadline after timeout": {stall, deadlineAfter(45 * time.Second), context.DeadlineExceeded, noResponse},
		"canceled after a reset": {resetThenStall, cancelAfter(20*time.Second, nil), context.Canceled, noResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := test.context(t.Context())
				defer cancel()
				_, err := wiretest.NewScript(test.replies...).Client(t).Devices.Get(ctx, 7)
				require.ErrorIs(t, err, test.cause)
				wiretest.AssertSentinels(t, err, test.want...)
				assert.True(t, wiretest.APIError(t, err).Retryable())
			})
		})
	}
}

// contextFunc derives a context that ends.
type contextFunc func(context.Context) (context.Context, context.CancelFunc)

func cancelAfter(wait time.Duration, reason error) contextFunc {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(wait, func() { cancel(reason) })
		return ctx, func() { cancel(nil) }
	}
}

func deadlineAfter(wait time.Duration) contextFunc {
	return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, wait) }
}

// An unknown outcome never suggests a retry, even if the caller's transport or type returns a sentinel.
func TestErrOutcomeUnknown_excludesOtherSentinels(t *testing.T) {
	t.Parallel()
	for name, sentinel := range wiretest.Sentinels() {
		cause := fmt.Errorf("a mock: %w", sentinel)
		client := wiretest.NewScript(wiretest.Fail(cause)).Client(t, wiretest.NoWaits)
		_, err := client.Devices.Create(t.Context(), wiretest.NewDevice)
		wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
		assert.Contains(t, err.Error(), cause.Error(), name)
	}
	client := wiretest.NewScript(wiretest.OK(`{"data":1}`)).Client(t, wiretest.NoWaits)
	err := client.Call(t.Context(), http.MethodPost, "/devices/7/qr", nil, &notReady{})
	wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
}

// notReady is a caller's type that returns a sentinel when it decodes.
type notReady struct{}

func (*notReady) UnmarshalJSON([]byte) error { return whatspie.ErrQRNotReady }
