"""Inputs beyond the kernel: trains, waves, sequences, sums and noise."""

import numpy as np

import netframe as nf

FLAT = nf.ConstantInput("flat", rates=[1.0, 2.0, 3.0])
RISING = nf.SampledInput("rising", times=[-1.0, 0.0, 0.5, 2.0], rates=np.arange(12.0).reshape(4, 3))
BATCH = nf.ConstantInput("batch", rates=np.arange(6.0).reshape(2, 3))
NOISE = {"dt": 0.01, "duration": 0.2, "seed": 5}

SHIPPED = [
    nf.PulseTrain("F", size=3, baseline=1.0, amplitude=[1.0, 2.0, 3.0], onset=-0.1, width=0.2, period=0.5),
    nf.Ramp("F", size=3, start=[1.0, 2.0, 3.0], stop=10.0, onset=-0.2, offset=0.3),
    nf.Sine("F", size=3, mean=20.0, amplitude=[1.0, 2.0, 3.0], frequency=4.0, phase=1.0),
    nf.Chirp("F", size=3, mean=20.0, amplitude=10.0, f0=[1.0, 2.0, 3.0], f1=4.0, duration=2.0, onset=-0.3),
    nf.PatternSequence("F", patterns=np.arange(6.0).reshape(2, 3), duration=0.1, gap=0.05, seed=1, repeats=2),
    nf.PatternSequence("F", patterns=np.arange(12.0).reshape(2, 2, 3), duration=[[0.1], [0.2]], onset=-0.05),
    FLAT + RISING,
    RISING + BATCH,
    nf.StepInput("S", size=3, amplitude=[1.0, 2.0, 3.0], onset=0.1)
    + nf.Sine("W", size=3, mean=20.0, amplitude=[1.0, 2.0, 3.0], frequency=4.0),
    FLAT.then(RISING, at=-0.25),
    nf.OrnsteinUhlenbeckInput("F", size=3, mean=[20.0, 30.0, 40.0], sd=3.0, tau=0.05, **NOISE),
    nf.OrnsteinUhlenbeckInput("F", size=3, mean=20.0, sd=3.0, tau=0.05, **NOISE | {"seed": (1, 2)}),
    nf.PoissonRateInput("F", size=3, mean=[20.0, 30.0, 40.0], n_sources=50, **NOISE),
]
