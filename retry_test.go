package whatspie_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
)

func refusedDial() error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

func reset() error {
	return &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
}

// passing are the failures that a read gets over, and what they match when they stay.
func passing() map[string]struct {
	reply reply
	want  []error
} {
	return map[string]struct {
		reply reply
		want  []error
	}{
		"dial":             {fails(refusedDial()), []error{whatspie.ErrNoResponse}},
		"no such host":     {fails(&net.DNSError{Err: "no such host", IsNotFound: true}), []error{whatspie.ErrNoResponse}},
		"reset":            {fails(reset()), []error{whatspie.ErrNoResponse}},
		"closed":           {fails(io.EOF), []error{whatspie.ErrNoResponse}},
		"stalled":          {reply{stall: true}, []error{whatspie.ErrNoResponse}},
		"cut body":         {reply{status: 200, body: `{"data":[`, cut: true}, []error{whatspie.ErrUnexpectedResponse}},
		"408":              {reply{status: 408}, []error{whatspie.ErrServer}},
		"429":              {reply{status: 429}, []error{whatspie.ErrRateLimited}},
		"500":              {reply{status: 500}, []error{whatspie.ErrServer}},
		"502 HTML":         {reply{status: 502, body: "<html>"}, []error{whatspie.ErrServer}},
		"503":              {reply{status: 503}, []error{whatspie.ErrServer}},
		"599":              {reply{status: 599}, []error{whatspie.ErrServer}},
		"500 in the body":  {ok(`{"code":500,"message":"x"}`), []error{whatspie.ErrServer}},
		"429 in the body":  {ok(`{"code":429,"message":"x"}`), []error{whatspie.ErrRateLimited}},
		"408 in the body":  {ok(`{"status":"408"}`), []error{whatspie.ErrServer}},
		"503, 429 in body": {reply{status: 503, body: `{"code":429}`}, []error{whatspie.ErrRateLimited}},
		"500, cut":         {reply{status: 500, body: "<ht", cut: true}, []error{whatspie.ErrServer}},
	}
}

func TestReadsGetOverPassingFailures(t *testing.T) {
	t.Parallel()
	for name, test := range passing() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := scriptOf(test.reply, test.reply, test.reply, ok(`{"data":[]}`))
				var response whatspie.Response
				_, err := s.client(t).Devices.List(t.Context(), whatspie.WithResponse(&response))
				require.NoError(t, err)
				assert.Equal(t, 4, response.Attempts)
				assert.Len(t, s.requests(), 4)
			})
		})
	}
}

func TestReadsGiveUpAfterTheLastAttempt(t *testing.T) {
	t.Parallel()
	for name, test := range passing() {
		for policy, attempts := range map[whatspie.RetryPolicy]int{{}: 4, {MaxAttempts: 1}: 1, {MaxAttempts: 7}: 7} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := scriptOf(test.reply)
					devices, err := s.client(t, whatspie.WithRetry(policy)).Devices.List(t.Context())
					assertOnly(t, err, test.want...)
					if test.reply.err != nil {
						require.ErrorIs(t, err, test.reply.err)
					}
					assert.Nil(t, devices)
					assert.Len(t, s.requests(), attempts)
					failed := apiError(t, err)
					assert.Equal(t, attempts, failed.Attempts)
					assert.Equal(t, test.reply.status, failed.StatusCode)
					assert.True(t, failed.Retryable())
				})
			})
		}
	}
}

func TestTheLastFailureCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := scriptOf(reply{status: 503, body: "<html>"}, fails(reset()))
		_, err := s.client(t, whatspie.WithRetry(whatspie.RetryPolicy{MaxAttempts: 2})).Devices.List(t.Context())
		assertOnly(t, err, whatspie.ErrNoResponse)
		require.ErrorIs(t, err, syscall.ECONNRESET)
		assert.Zero(t, apiError(t, err).StatusCode)
		assert.Empty(t, apiError(t, err).Body)
	})
}

func TestWithoutRetrySendsOnce(t *testing.T) {
	t.Parallel()
	for name, test := range passing() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := scriptOf(test.reply)
				start := time.Now()
				_, err := s.client(t).Devices.List(t.Context(), whatspie.WithoutRetry())
				require.Error(t, err)
				assert.Len(t, s.requests(), 1)
				if !test.reply.stall {
					assert.Zero(t, time.Since(start))
				}
			})
		})
	}
}

func TestFailuresThatStayAreNotRepeated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply reply
		want  []error
	}{
		"400":             {reply{status: 400}, []error{whatspie.ErrBadRequest}},
		"401":             {reply{status: 401}, []error{whatspie.ErrUnauthorized}},
		"403":             {reply{status: 403}, []error{whatspie.ErrForbidden}},
		"404":             {reply{status: 404}, []error{whatspie.ErrNotFound}},
		"409":             {reply{status: 409}, []error{whatspie.ErrBadRequest}},
		"422":             {reply{status: 422}, []error{whatspie.ErrBadRequest}},
		"404 in the body": {ok(`{"code":404}`), []error{whatspie.ErrNotFound}},
		"304":             {reply{status: 304}, []error{whatspie.ErrUnexpectedResponse}},
		"300":             {reply{status: 300}, []error{whatspie.ErrUnexpectedResponse}},
		"HTML":            {ok("<html>"), []error{whatspie.ErrUnexpectedResponse}},
		"certificate":     {fails(&tls.CertificateVerificationError{Err: errors.New("expired")}), []error{whatspie.ErrNoResponse}},
		"not TLS":         {fails(tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), []error{whatspie.ErrNoResponse}},
		"http for https":  {fails(http.ErrSchemeMismatch), []error{whatspie.ErrNoResponse}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := scriptOf(test.reply, ok(`{"data":[]}`))
			_, err := s.client(t).Devices.List(t.Context())
			assertOnly(t, err, test.want...)
			assert.Len(t, s.requests(), 1)
			assert.False(t, apiError(t, err).Retryable())
		})
	}
}

func TestAStalledBodyEndsTheAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stalled := &stallingTransport{body: `{"data":[`, until: 2}
		start := time.Now()
		client := newClient(t, atOnce, through(stalled), whatspie.WithAttemptTimeout(10*time.Second))
		_, err := client.Devices.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 20*time.Second, time.Since(start), "two stalled attempts")

		stalled.until = 1 << 30
		_, err = client.Devices.List(t.Context(), whatspie.WithoutRetry())
		require.ErrorIs(t, err, context.DeadlineExceeded, "a timeout is a deadline")
		require.ErrorContains(t, err, "attempt timed out")
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout())
	})
}

// stallingTransport answers the first requests with a body that never ends.
type stallingTransport struct {
	body         string
	until, calls int
}

func (s *stallingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	s.calls++
	answer := scriptOf(ok(`{"data":[]}`))
	if s.calls <= s.until {
		wait := readerFunc(func([]byte) (int, error) {
			<-request.Context().Done()
			return 0, request.Context().Err()
		})
		answer = scriptOf(reply{status: 200, stream: io.MultiReader(strings.NewReader(s.body), wait)})
	}
	return answer.RoundTrip(request)
}

func TestBackoffStaysBelowItsCeilings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy   whatspie.RetryPolicy
		ceilings []time.Duration
	}{
		"default": {whatspie.RetryPolicy{MaxAttempts: 7}, []time.Duration{
			500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 8 * time.Second,
		}},
		"shorter MaxWait":            {whatspie.RetryPolicy{MaxWait: 100 * time.Millisecond}, []time.Duration{100 * time.Millisecond, 100 * time.Millisecond, 100 * time.Millisecond}},
		"longer MinWait":             {whatspie.RetryPolicy{MinWait: 20 * time.Second}, []time.Duration{20 * time.Second, 20 * time.Second, 20 * time.Second}},
		"MinWait":                    {whatspie.RetryPolicy{MinWait: 3 * time.Second}, []time.Duration{3 * time.Second, 6 * time.Second, 8 * time.Second}},
		"both":                       {whatspie.RetryPolicy{MinWait: time.Second, MaxWait: 3 * time.Second}, []time.Duration{time.Second, 2 * time.Second, 3 * time.Second}},
		"MaxRetryAfter changes none": {whatspie.RetryPolicy{MaxRetryAfter: time.Second}, []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const calls = 200
				longest, shortest := make([]time.Duration, len(test.ceilings)), make([]time.Duration, len(test.ceilings))
				for range calls {
					s := scriptOf(reply{status: 503})
					_, err := s.client(t, whatspie.WithRetry(test.policy)).Devices.List(t.Context())
					require.Error(t, err)
					requests := s.requests()
					require.Len(t, requests, len(test.ceilings)+1)
					for i := range test.ceilings {
						wait := requests[i+1].at.Sub(requests[i].at)
						require.Less(t, wait, test.ceilings[i])
						longest[i] = max(longest[i], wait)
						shortest[i] = max(shortest[i], test.ceilings[i]-wait)
					}
				}
				// Full jitter: some of 200 uniform samples fall into the first and last tenth, except in one run in ten
				// million.
				for i, ceiling := range test.ceilings {
					assert.Greater(t, longest[i], ceiling*9/10, "wait %d", i+1)
					assert.Greater(t, shortest[i], ceiling*9/10, "wait %d", i+1)
				}
			})
		})
	}
}

// A caller's transport may violate the contract of http.RoundTripper.
func TestATransportThatReturnsNothingIsAnError(t *testing.T) {
	t.Parallel()
	nothing := roundTripper(func(*http.Request) (response *http.Response, err error) { return response, err })
	for name, call := range calls(newClient(t, atOnce, through(nothing))) {
		want := whatspie.ErrNoResponse
		if isWrite(t, name) {
			want = whatspie.ErrOutcomeUnknown
		}
		assertOnly(t, call(t.Context()), want)
	}
}
