// Command limit limits the rate of requests with a limiter of golang.org/x/time/rate.
package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() { demo.Main("limit", "limits the rate of its requests.", run) }

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	perSecond := flags.Float64("rate", 5, "requests per second, including retries")
	calls := flags.Int("calls", 5, "number of calls")
	if err := app.Parse(flags); err != nil {
		return err
	}
	if !(*perSecond > 0) || *calls < 0 { // also rejects NaN
		return fmt.Errorf("%w: -rate must be above 0 and -calls at least 0", demo.ErrUsage)
	}
	limiter := rate.NewLimiter(rate.Limit(*perSecond), 1)
	session, err := demo.OpenWithDevices(app, whatspie.WithLimiter(limiter))
	if err != nil {
		return err
	}
	defer session.Close()

	start := time.Now()
	for i := range *calls {
		var response whatspie.Response
		devices, err := session.Client.Devices.List(ctx, whatspie.WithResponse(&response))
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(app.Stdout, "call %d: %d devices, %v after the start, duration %v\n", i+1, len(devices),
			time.Since(start).Round(10*time.Millisecond), response.Duration.Round(10*time.Millisecond))
		if err != nil {
			return err
		}
	}
	return nil
}
