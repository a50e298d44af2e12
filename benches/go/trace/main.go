// Measures runtime/trace, with what takes the events away.
package main

import (
	"context"
	"io"
	"peers/measured"
	"runtime/trace"
	"time"
)

var sink string

//go:noinline
func work() {
	sink = "done"
}

func region(ctx context.Context) {
	defer trace.StartRegion(ctx, "region").End()
	work()
}

func task(ctx context.Context) {
	_, task := trace.NewTask(ctx, "task")
	defer task.End()
	work()
}

func log(ctx context.Context) {
	trace.Log(ctx, "category", "message")
	work()
}

func plain(ctx context.Context) {
	work()
}

func traced(call func(context.Context)) float64 {
	if err := trace.Start(io.Discard); err != nil {
		panic(err)
	}
	defer trace.Stop()
	return measured.Round(call)
}

func recorder() *trace.FlightRecorder {
	recorder := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: time.Minute, MaxBytes: 8 << 20})
	if err := recorder.Start(); err != nil {
		panic(err)
	}
	return recorder
}

func recorded(call func(context.Context)) float64 {
	recorder := recorder()
	defer recorder.Stop()
	return measured.Round(call)
}

// Of the wall clock: how long who asks for it waits.
func snapshot() float64 {
	recorder := recorder()
	defer recorder.Stop()
	for n := 0; n < 40; n++ {
		measured.Round(region)
	}
	start := time.Now()
	if _, err := recorder.WriteTo(io.Discard); err != nil {
		panic(err)
	}
	return float64(time.Since(start).Nanoseconds())
}

func main() {
	measured.Answer(map[string]func() float64{
		"plain":    func() float64 { return measured.Round(plain) },
		"off":      func() float64 { return measured.Round(region) },
		"region":   func() float64 { return traced(region) },
		"task":     func() float64 { return traced(task) },
		"log":      func() float64 { return traced(log) },
		"recorded": func() float64 { return recorded(region) },
		"snapshot": snapshot,
	})
}
