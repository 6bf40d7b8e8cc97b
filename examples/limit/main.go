// Command limit limits the rate of requests with a limiter of golang.org/x/time, which the SDK accepts directly.
package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/time/rate"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demo"
)

func main() { demo.Main("limit", "keeps its calls below a rate of requests.", run) }

func run(ctx context.Context, app demo.App) error {
	flags := app.Flags()
	perSecond := flags.Float64("rate", 5, "requests per second, retries included")
	calls := flags.Int("calls", 5, "how many calls to make")
	if err := app.Parse(flags); err != nil {
		return err
	}
	if !(*perSecond > 0) || *calls < 0 { // negated so that NaN is rejected too
		return fmt.Errorf("%w: -rate is above 0, -calls not below", demo.ErrUsage)
	}
	limiter := rate.NewLimiter(rate.Limit(*perSecond), 1)
	session, err := demo.OpenFleet(app, whatspie.WithLimiter(limiter))
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
		_, err = fmt.Fprintf(app.Stdout, "call %d: %d devices, %v after the start (this call took %v)\n", i+1, len(devices),
			time.Since(start).Round(10*time.Millisecond), response.Duration.Round(10*time.Millisecond))
		if err != nil {
			return err
		}
	}
	return nil
}
