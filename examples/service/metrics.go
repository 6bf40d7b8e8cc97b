package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/whatspie-go/whatspie"
)

// metrics are those of the calls to the API, and whether the fleet is in view.
type metrics struct {
	requests *prometheus.HistogramVec
	up       prometheus.Gauge
}

func newMetrics(registry prometheus.Registerer) *metrics {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "whatspie_request_duration_seconds", Help: "Time of one request to the API.",
		}, []string{"operation", "status"}),
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "whatspie_watch_up", Help: "1 if the last poll of the devices succeeded.",
		}),
	}
	registry.MustRegister(m.requests, m.up)
	return m
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

// instrument times each attempt. The operation has no IDs in it, so the label has few values.
func (m *metrics) instrument(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		start, status := time.Now(), "none"
		response, err := next.RoundTrip(request)
		if err == nil {
			status = strconv.Itoa(response.StatusCode)
		}
		m.requests.WithLabelValues(whatspie.Operation(request.Context()), status).Observe(time.Since(start).Seconds())
		return response, err
	})
}
