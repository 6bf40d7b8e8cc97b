package whatspie_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// An error made by hand matches by its fields like a real one.
func TestAPIError_made_by_hand(t *testing.T) {
	t.Parallel()
	const get, post = http.MethodGet, http.MethodPost
	for name, test := range map[string]struct {
		err       whatspie.APIError
		want      []error
		retryable bool
		line      string
	}{
		"zero":                {whatspie.APIError{}, nil, false, "whatspie: no response"},
		"400":                 {whatspie.APIError{StatusCode: 400}, []error{whatspie.ErrBadRequest}, false, "whatspie: 400 Bad Request"},
		"401":                 {whatspie.APIError{StatusCode: 401}, []error{whatspie.ErrUnauthorized}, false, "whatspie: 401 Unauthorized"},
		"403":                 {whatspie.APIError{StatusCode: 403}, []error{whatspie.ErrForbidden}, false, "whatspie: 403 Forbidden"},
		"404":                 {whatspie.APIError{StatusCode: 404, Method: get, Path: "/devices/7", Attempts: 1}, []error{whatspie.ErrNotFound}, false, "whatspie: GET /devices/7: 404 Not Found (1 attempt)"},
		"408":                 {whatspie.APIError{StatusCode: 408}, []error{whatspie.ErrServer}, true, "whatspie: 408 Request Timeout"},
		"429":                 {whatspie.APIError{StatusCode: 429, RetryAfter: time.Minute}, []error{whatspie.ErrRateLimited}, true, "whatspie: 429 Too Many Requests (retry after 1m0s)"},
		"500":                 {whatspie.APIError{StatusCode: 500}, []error{whatspie.ErrServer}, true, "whatspie: 500 Internal Server Error"},
		"200":                 {whatspie.APIError{StatusCode: 200}, []error{whatspie.ErrUnexpectedResponse}, false, "whatspie: 200 OK"},
		"302":                 {whatspie.APIError{StatusCode: 302, Method: get}, []error{whatspie.ErrUnexpectedResponse}, false, "whatspie: GET: 302 Found"},
		"code alone":          {whatspie.APIError{Code: 404}, []error{whatspie.ErrNotFound}, false, "whatspie: 404 Not Found"},
		"code over status":    {whatspie.APIError{StatusCode: 200, Code: 403}, []error{whatspie.ErrForbidden}, false, "whatspie: 403 Forbidden"},
		"code no failure":     {whatspie.APIError{StatusCode: 404, Code: 1}, []error{whatspie.ErrNotFound}, false, "whatspie: 404 Not Found"},
		"limit":               {whatspie.APIError{StatusCode: 403, Message: "Device limit exceeded"}, []error{whatspie.ErrDeviceLimit, whatspie.ErrForbidden}, false, "whatspie: 403 Device limit exceeded"},
		"no device":           {whatspie.APIError{StatusCode: 404, Message: "Device not found"}, []error{whatspie.ErrDeviceNotFound, whatspie.ErrNotFound}, false, "whatspie: 404 Device not found"},
		"package":             {whatspie.APIError{StatusCode: 400, Message: "Invalid package type"}, []error{whatspie.ErrInvalidPackage, whatspie.ErrBadRequest}, false, "whatspie: 400 Invalid package type"},
		"code generation":     {whatspie.APIError{StatusCode: 500, Message: "QR code generation failed"}, []error{whatspie.ErrQRGeneration, whatspie.ErrServer}, true, "whatspie: 500 QR code generation failed"},
		"connected":           {whatspie.APIError{StatusCode: 200, Code: 200, Message: "Device connected"}, []error{whatspie.ErrDeviceConnected}, false, "whatspie: 200 Device connected"},
		"read, no response":   {whatspie.APIError{Method: get, Attempts: 4}, []error{whatspie.ErrNoResponse}, true, "whatspie: GET: no response (4 attempts)"},
		"write, no response":  {whatspie.APIError{Method: post, Attempts: 1}, []error{whatspie.ErrOutcomeUnknown}, false, "whatspie: POST: outcome unknown: no response (1 attempt)"},
		"write, never sent":   {whatspie.APIError{Method: post}, nil, false, "whatspie: POST: no response"},
		"write, 502":          {whatspie.APIError{Method: post, StatusCode: 502}, []error{whatspie.ErrOutcomeUnknown}, false, "whatspie: POST: outcome unknown: 502 Bad Gateway"},
		"write, 408":          {whatspie.APIError{Method: "DELETE", StatusCode: 408}, []error{whatspie.ErrOutcomeUnknown}, false, "whatspie: DELETE: outcome unknown: 408 Request Timeout"},
		"write, 200":          {whatspie.APIError{Method: post, StatusCode: 200}, []error{whatspie.ErrOutcomeUnknown}, false, "whatspie: POST: outcome unknown: 200 OK"},
		"write, 500 and 429":  {whatspie.APIError{Method: post, StatusCode: 500, Code: 429}, []error{whatspie.ErrOutcomeUnknown}, false, "whatspie: POST: outcome unknown: 429 Too Many Requests"},
		"write, 429 and 500":  {whatspie.APIError{Method: post, StatusCode: 429, Code: 500}, []error{whatspie.ErrOutcomeUnknown}, false, "whatspie: POST: outcome unknown: 500 Internal Server Error"},
		"write, 201 and 403":  {whatspie.APIError{Method: post, StatusCode: 201, Code: 403}, []error{whatspie.ErrOutcomeUnknown}, false, "whatspie: POST: outcome unknown: 403 Forbidden"},
		"write, 200 and 403":  {whatspie.APIError{Method: post, StatusCode: 200, Code: 403}, []error{whatspie.ErrForbidden}, false, "whatspie: POST: 403 Forbidden"},
		"write, 429":          {whatspie.APIError{Method: post, StatusCode: 429}, []error{whatspie.ErrRateLimited}, true, "whatspie: POST: 429 Too Many Requests"},
		"write, 403":          {whatspie.APIError{Method: post, StatusCode: 403, Message: "Device limit exceeded"}, []error{whatspie.ErrDeviceLimit, whatspie.ErrForbidden}, false, "whatspie: POST: 403 Device limit exceeded"},
		"write, code alone":   {whatspie.APIError{Method: post, Code: 403}, []error{whatspie.ErrForbidden}, false, "whatspie: POST: 403 Forbidden"},
		"lines in its fields": {whatspie.APIError{Method: "GET\n", StatusCode: 404, Message: "a\nb", RequestID: "c\nd"}, []error{whatspie.ErrNotFound}, false, "whatspie: GET: 404 a b (request c d)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wiretest.AssertSentinels(t, &test.err, test.want...)
			wiretest.AssertSentinels(t, fmt.Errorf("wrapped: %w", &test.err), test.want...)
			assert.Equal(t, test.retryable, test.err.Retryable())
			assert.Equal(t, test.line, test.err.Error())
			assert.False(t, test.err.Is(nil))
		})
	}
}

// A copy of a real error's status and message matches the same sentinels.
func TestAPIError_made_by_hand_matches_like_a_real_one(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 201, 302, 304, 400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 599} {
		for _, body := range []string{
			"<html>", `{"code":400,"message":"Invalid package type"}`, `{"code":403,"message":"Device limit exceeded"}`, `{"code":404,"message":"Device not found"}`,
			`{"code":200,"message":"Device connected"}`, `{"code":429}`, `{"code":500,"message":"QR code generation failed"}`, `{"code":408}`,
		} {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				client := wiretest.NewScript(wiretest.Reply{Status: status, Body: body}).Client(t, wiretest.NoWaits, whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 1}))
				err := client.Call(t.Context(), method, "/devices/7/qr", nil, &whatspie.QRCode{})
				require.Error(t, err)
				failed := wiretest.APIError(t, err)
				made := &whatspie.APIError{StatusCode: failed.StatusCode, Code: failed.Code, Message: failed.Message, Method: failed.Method, Attempts: failed.Attempts}
				for name, sentinel := range wiretest.Sentinels() {
					assert.Equal(t, errors.Is(err, sentinel), errors.Is(made, sentinel), "%s: %s %d %s", name, method, status, body)
				}
				assert.Equal(t, failed.Retryable(), made.Retryable(), "%s %d %s", method, status, body)
			}
		}
	}
}

func TestErrNoResponse(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply       wiretest.Reply
		read, write error
	}{
		"dial":         {wiretest.Fail(wiretest.ErrRefused()), whatspie.ErrNoResponse, whatspie.ErrNoResponse},
		"no such host": {wiretest.Fail(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}), whatspie.ErrNoResponse, whatspie.ErrNoResponse},
		"certificate":  {wiretest.Fail(&tls.CertificateVerificationError{Err: errors.New("expired")}), whatspie.ErrNoResponse, whatspie.ErrNoResponse},
		"reset":        {wiretest.Fail(wiretest.ErrReset()), whatspie.ErrNoResponse, whatspie.ErrOutcomeUnknown},
		"timeout":      {wiretest.Reply{Stall: true}, whatspie.ErrNoResponse, whatspie.ErrOutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				client := wiretest.NewScript(test.reply).Client(t)
				_, err := client.Devices.Get(t.Context(), 7)
				wiretest.AssertSentinels(t, err, test.read)
				_, err = client.Devices.Create(t.Context(), wiretest.NewDevice)
				wiretest.AssertSentinels(t, err, test.write)
			})
		})
	}
}

// The end of the caller's context is not a network failure, but must not hide one.
func TestErrNoResponse_and_the_context(t *testing.T) {
	t.Parallel()
	why := errors.New("the user left")
	for name, test := range map[string]struct {
		replies []wiretest.Reply
		end     func(context.Context) (context.Context, context.CancelFunc)
		cause   error
		want    []error
	}{
		"cancelled":                           {[]wiretest.Reply{{Stall: true}}, cancelAfter(time.Second, nil), context.Canceled, nil},
		"cancelled for a reason":              {[]wiretest.Reply{{Stall: true}}, cancelAfter(time.Second, why), why, nil},
		"deadline":                            {[]wiretest.Reply{{Stall: true}}, deadlineAfter(time.Second), context.DeadlineExceeded, nil},
		"deadline after an attempt timed out": {[]wiretest.Reply{{Stall: true}}, deadlineAfter(45 * time.Second), context.DeadlineExceeded, []error{whatspie.ErrNoResponse}},
		"cancelled after a reset":             {[]wiretest.Reply{wiretest.Fail(wiretest.ErrReset()), {Stall: true}}, cancelAfter(20*time.Second, nil), context.Canceled, []error{whatspie.ErrNoResponse}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := test.end(t.Context())
				defer cancel()
				_, err := wiretest.NewScript(test.replies...).Client(t).Devices.Get(ctx, 7)
				require.ErrorIs(t, err, test.cause)
				wiretest.AssertSentinels(t, err, test.want...)
				assert.True(t, wiretest.APIError(t, err).Retryable())
			})
		})
	}
}

func cancelAfter(wait time.Duration, why error) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(ctx)
		time.AfterFunc(wait, func() { cancel(why) })
		return ctx, func() { cancel(nil) }
	}
}

func deadlineAfter(wait time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
	return func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, wait) }
}

// Whatever error a caller's transport returns, an unknown outcome never suggests a retry.
func TestErrOutcomeUnknown_hides_other_sentinels(t *testing.T) {
	t.Parallel()
	for name, sentinel := range wiretest.Sentinels() {
		cause := fmt.Errorf("a mock: %w", sentinel)
		_, err := wiretest.NewScript(wiretest.Fail(cause)).Client(t, wiretest.NoWaits).Devices.Create(t.Context(), wiretest.NewDevice)
		wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
		assert.Contains(t, err.Error(), cause.Error(), name)
	}
	err := wiretest.NewScript(wiretest.OK(`{"data":1}`)).Client(t, wiretest.NoWaits).Call(t.Context(), http.MethodPost, "/devices/7/qr", nil, &notReady{})
	wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
}

type notReady struct{}

func (*notReady) UnmarshalJSON([]byte) error { return whatspie.ErrQRNotReady }
