package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/whatspie-go/whatspie"
)

// transport measures each request until the response header. Retries are measured separately.
type transport struct {
	next    http.RoundTripper
	seconds *prometheus.HistogramVec
}

func newTransport(registry prometheus.Registerer, next http.RoundTripper) http.RoundTripper {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "whatspie_request_duration_seconds",
		Help:    "Time from a request to the header of its response, by operation and HTTP status.",
		Buckets: prometheus.DefBuckets,
	}, []string{"operation", "status"})
	registry.MustRegister(seconds)
	return &transport{next, seconds}
}

// RoundTrip labels a request with its operation, which contains no IDs: a label with the path would create a series per
// device.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	response, err := t.next.RoundTrip(r)
	status := "none"
	if err == nil {
		status = strconv.Itoa(response.StatusCode)
	}
	t.seconds.WithLabelValues(whatspie.Operation(r.Context()), status).Observe(time.Since(began).Seconds())
	return response, err
}
