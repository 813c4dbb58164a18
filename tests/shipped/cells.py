"""The cell types that are loaded when asked for."""

import netframe as nf

SHIPPED = [
    nf.AdaptingRate("E", size=3, tau_w=[0.1, 0.2, 0.3], activation=nf.Softplus()),
    nf.FiringRate("E", size=2, tau=[0.01, 0.02]),
    nf.FiringRate("E", size=3, activation=nf.Sigmoid(midpoint=[1.0, 2.0, 3.0])),
    nf.LinearRate("E", size=4, tau=[0.01, 0.02, 0.03, 0.04]),
    nf.StabilizedSupralinear("E", size=3, n=[1.0, 2.0, 2.5], k=[0.04, 0.03, 0.02]),
    nf.WilsonCowan("E", size=2, slope=[1.2, 1.0], threshold=[2.8, 4.0]),
    nf.QIFMeanField("E", size=3, tau=[0.01, 0.1, 1.0], eta=[-5.0, -4.0, 1.0]),
    nf.JansenRit("E", size=2, B=[22.0, 17.6]),
    nf.WongWang("E", size=3, I_0=[0.3255, 0.35, 0.4], tau_s=[0.1, 0.2, 0.05]),
    nf.FitzHughNagumo("E", size=2, b=[0.8, 0.7], activation=nf.Sigmoid(midpoint=0.5, width=0.1, peak=100.0)),
    nf.StuartLandau("E", size=3, growth=[4.0, -1.0, 9.0], shear=[0.0, 0.5, -1.0]),
]
