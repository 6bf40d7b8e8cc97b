package wiretest

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

// Methods returns the method of each request.
func Methods(srv *whatspietest.Server) []string {
	requests := srv.Requests()
	methods := make([]string, len(requests))
	for i, request := range requests {
		methods[i] = request.Method
	}
	return methods
}

// WithRacingCreators creates the other devices whenever the client creates one.
func WithRacingCreators(srv *whatspietest.Server, others ...whatspie.Device) whatspie.Option {
	inner := srv.Transport()
	return WithTransport(RoundTripFunc(func(request *http.Request) (*http.Response, error) {
		response, err := inner.RoundTrip(request)
		if request.Method == http.MethodPost {
			for _, other := range others {
				srv.AddDevice(other)
			}
		}
		return response, err
	}))
}

// WithStaleLists returns the first list again for the given number of lists after it.
func WithStaleLists(srv *whatspietest.Server, lists int) whatspie.Option {
	inner, stale := srv.Transport(), []byte(nil)
	return WithTransport(RoundTripFunc(func(request *http.Request) (*http.Response, error) {
		response, err := inner.RoundTrip(request)
		if err != nil || request.Method != http.MethodGet {
			return response, err
		}
		body, err := io.ReadAll(response.Body)
		if stale == nil {
			stale = body
		} else if lists > 0 {
			lists--
			body = stale
		}
		response.Body = io.NopCloser(bytes.NewReader(body))
		return response, err
	}))
}

// CountStatusRequests counts the requests for the list and for single devices.
func CountStatusRequests(srv *whatspietest.Server) (lists, gets int) {
	for _, request := range srv.Requests() {
		switch {
		case request.Path == "/devices":
			lists++
		case !strings.HasSuffix(request.Path, "/qr"):
			gets++
		}
	}
	return lists, gets
}
