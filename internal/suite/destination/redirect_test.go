package destination_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func requestURLs(requests []wiretest.Request) []string {
	urls := make([]string, len(requests))
	for i, request := range requests {
		urls[i] = request.URL
	}
	return urls
}

func TestRedirect_isFollowedWithinOrigin(t *testing.T) {
	t.Parallel()
	for location, want := range map[string]string{
		"/v2/devices/7":                         "https://api.whatspie.com/v2/devices/7",
		"https://api.whatspie.com/v2":           "https://api.whatspie.com/v2",
		"https://API.Whatspie.COM/v2":           "https://API.Whatspie.COM/v2",
		"https://api.whatspie.com:443/v2":       "https://api.whatspie.com:443/v2",
		"//api.whatspie.com/v2":                 "https://api.whatspie.com/v2",
		"https://api.whatspie.com/v2?next=%2F#": "https://api.whatspie.com/v2?next=%2F",
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(http.StatusText(status)+" to "+location, func(t *testing.T) {
				t.Parallel()
				device200 := wiretest.OK(wiretest.Fixture(t, "get_device_200.json"))
				s := wiretest.NewScript(wiretest.Redirect(status, location), device200)
				device, err := s.Client(t).Devices.Get(t.Context(), 7)
				require.NoError(t, err)
				assert.Equal(t, int64(5), device.ID)
				assert.Equal(t, []string{"https://api.whatspie.com/devices/7", want}, requestURLs(s.Requests()))
				const bearer = "Bearer " + wiretest.Token
				assert.Equal(t, []string{bearer, bearer}, wiretest.Authorizations(s.Requests()))
				s.AssertClosed(t, 2)
			})
		}
	}
}

func TestRedirect_toOtherOriginIsNotFollowed(t *testing.T) {
	t.Parallel()
	for _, location := range []string{
		"https://evil.com/devices/7",
		"//evil.com/devices/7",
		"http://api.whatspie.com/devices/7",
		"http://api.whatspie.com:443/devices/7",
		"https://api.whatspie.com:8443/devices/7",
		"https://api.whatspie.com.evil.com/",
		"https://sub.api.whatspie.com/",
		"https://whatspie.com/",
		"https://user@api.whatspie.com/devices/7",
		"https://user:pass@api.whatspie.com/devices/7",
		"https://api.whatspie.com@evil.com/",
		"ftp://api.whatspie.com/",
		"javascript:alert(1)",
		"https://api.what\u017fpie.com/", // a long s (U+017F), which case folding makes an s
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(http.StatusText(status)+" to "+location, func(t *testing.T) {
				t.Parallel()
				s := wiretest.NewScript(wiretest.Redirect(status, location))
				_, err := s.Client(t, wiretest.NoWaits).Devices.Get(t.Context(), 7)
				wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
				failed := wiretest.APIError(t, err)
				assert.Equal(t, status, failed.StatusCode)
				assert.Equal(t, location, failed.Header.Get("Location"))
				assert.Equal(t, "<html>moved</html>", string(failed.Body))
				assert.Equal(t, 1, failed.Attempts)
				assert.False(t, failed.Retryable())
				require.ErrorContains(t, err, "redirect not followed")
				assert.Len(t, s.Requests(), 1, "the token is not sent to another origin")
				s.AssertClosed(t, 1)
			})
		}
	}
}

func TestRedirect_defaultPortIsSameOrigin(t *testing.T) {
	t.Parallel()
	for base, location := range map[string]string{
		"http://localhost":      "http://localhost:80/x",
		"http://localhost:80":   "http://localhost/x",
		"https://localhost:443": "https://localhost/x",
	} {
		s := wiretest.NewScript(wiretest.Redirect(302, location), wiretest.OK(`{"data":[]}`))
		_, err := s.Client(t, whatspie.WithBaseURL(base)).Devices.List(t.Context())
		require.NoError(t, err)
		assert.Equal(t, location, s.Requests()[1].URL)
	}
}

func TestRedirect_secondToOtherOriginIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Redirect(302, "/here"), wiretest.Redirect(302, "https://evil.com/"))
	_, err := s.Client(t).Devices.List(t.Context())
	require.ErrorIs(t, err, whatspie.ErrUnexpectedResponse)
	want := []string{"https://api.whatspie.com/devices", "https://api.whatspie.com/here"}
	assert.Equal(t, want, requestURLs(s.Requests()))
}

func TestRedirect_loopIsBounded(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.Redirect(302, "/devices"))
			err := s.Client(t, wiretest.NoWaits).Call(t.Context(), method, "/devices", nil, nil)
			wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
			assert.Len(t, s.Requests(), 4, "at most three redirects")
			assert.Equal(t, 1, wiretest.APIError(t, err).Attempts)
		})
	}
}

func TestRedirect_isNeverFollowedByWrites(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		for _, status := range []int{300, 301, 302, 303, 304, 307, 308} {
			t.Run(method+" "+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				device200 := wiretest.OK(wiretest.Fixture(t, "get_device_200.json"))
				s := wiretest.NewScript(wiretest.Redirect(status, "/devices"), device200)
				err := s.Client(t, wiretest.NoWaits).Call(t.Context(), method, "/devices", map[string]int{"a": 1}, nil)
				wiretest.AssertSentinels(t, err, whatspie.ErrOutcomeUnknown)
				assert.Equal(t, status, wiretest.APIError(t, err).StatusCode)
				assert.False(t, wiretest.APIError(t, err).Retryable())
				assert.Len(t, s.Requests(), 1)
			})
		}
	}
}

func TestRedirect_obeysCheckRedirect(t *testing.T) {
	t.Parallel()
	rejection := errors.New("stay here")
	for name, test := range map[string]struct {
		result   error // of CheckRedirect
		location string
		checks   int
		status   int
		want     error
	}{
		"allowed":                       {nil, "/there", 1, 200, nil},
		"rejected":                      {rejection, "/there", 1, 302, rejection},
		"ErrUseLastResponse":            {http.ErrUseLastResponse, "/there", 1, 302, whatspie.ErrUnexpectedResponse},
		"not called for another origin": {nil, "https://evil.com", 0, 302, whatspie.ErrUnexpectedResponse},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := wiretest.NewScript(wiretest.Redirect(302, test.location), wiretest.OK(`{"data":[]}`))
			checks := 0
			httpClient := &http.Client{Transport: s, CheckRedirect: func(_ *http.Request, via []*http.Request) error {
				checks++
				assert.Len(t, via, 1)
				return test.result
			}}
			client := wiretest.NewClient(t, wiretest.NoWaits, whatspie.WithHTTPClient(httpClient))
			var response whatspie.Response
			_, err := client.Devices.List(t.Context(), whatspie.WithResponse(&response))
			require.ErrorIs(t, err, test.want)
			if test.want != nil {
				require.ErrorContains(t, err, "redirect not followed")
			}
			assert.Equal(t, test.checks, checks)
			assert.Equal(t, test.status, response.StatusCode)
			assert.Equal(t, 1, response.Attempts, "a redirect is not retried")
		})
	}
}

// net/http would discard this response and keep only the Location, which may be a QR link.
func TestRedirect_invalidLocationIsUnexpectedResponse(t *testing.T) {
	t.Parallel()
	s := wiretest.NewScript(wiretest.Redirect(302, "//codes.example.com/%zz?signature=abc"))
	_, err := s.Client(t, wiretest.NoWaits).Devices.QR(t.Context(), 7)
	wiretest.AssertSentinels(t, err, whatspie.ErrUnexpectedResponse)
	failed := wiretest.APIError(t, err)
	assert.Equal(t, 302, failed.StatusCode)
	assert.Empty(t, failed.Header.Get("Location"))
	require.EqualError(t, err, "whatspie: GET /devices/7/qr: 302 Found: redirect not followed (1 attempt)")
	s.AssertClosed(t, 1)
}

func TestLocation_isKeptWithoutRedirect(t *testing.T) {
	t.Parallel()
	header := http.Header{"Location": {"http://[::1"}}
	s := wiretest.NewScript(wiretest.Reply{Status: 200, Header: header, Body: `{"status":200,"data":[]}`})
	var response whatspie.Response
	_, err := s.Client(t).Devices.List(t.Context(), whatspie.WithResponse(&response))
	require.NoError(t, err)
	assert.Equal(t, "http://[::1", response.Header.Get("Location"))
}
